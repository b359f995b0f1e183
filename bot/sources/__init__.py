"""Where papers come from: arXiv, Hugging Face, feeds and files, each as drafts."""
