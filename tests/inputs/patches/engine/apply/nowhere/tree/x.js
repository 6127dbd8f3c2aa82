one
two
three
four
5
6
seven
