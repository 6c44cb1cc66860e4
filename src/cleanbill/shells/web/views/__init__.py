"""The pages, a file per part of the workbench."""
