// new
// lines
one
two
three
four
five
six
seven
