"""What people can say, a family a module; and all of it in the order of help."""
