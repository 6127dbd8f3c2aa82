//! Where things come from: the project folder, the assets in the binary, the files to copy.
