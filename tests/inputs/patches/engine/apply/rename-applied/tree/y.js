one
two
three
FOUR
five
six
seven
