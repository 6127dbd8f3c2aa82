FROM some.registry:1234/repo/image:abcde
