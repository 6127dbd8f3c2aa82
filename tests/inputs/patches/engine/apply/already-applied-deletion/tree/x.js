one
two
three
five
six
seven
