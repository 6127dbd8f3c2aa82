#!/usr/bin/env node
one
two
three
four
five
six
seven
