"""What templates may say of amounts, days and icons."""
