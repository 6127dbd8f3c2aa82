a
b
and more
