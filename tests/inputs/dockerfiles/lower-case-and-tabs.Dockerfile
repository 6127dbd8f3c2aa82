# Keywords in small letters, tabs, trailing blanks, indented instructions.
arg BASE=mad/base:trixie
from ${BASE}
run	useradd -m dev   
	user dev	
  run touch ~/x  \  
	 && touch ~/y
User root
rUN	mkdir /z
USER	dev
