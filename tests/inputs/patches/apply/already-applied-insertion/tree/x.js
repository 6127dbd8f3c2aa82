one
two
X
three
