FROM repo/image:latest as example
