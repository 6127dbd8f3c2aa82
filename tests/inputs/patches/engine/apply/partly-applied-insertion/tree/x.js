one
two
X
three
four
five
six
seven
