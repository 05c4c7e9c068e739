"""Made-up training texts (``*.jsonl``), and the command that readies a training run."""
