// new
start
same
y
same end
middle 1
middle 2
same
x
same end
end
