"""Executes notebooks and fails where a cell does: python notebook.py FILE... [--write]

With --write the outputs are kept in the files, as they are committed.
"""

import sys

import nbformat
from nbclient import NotebookClient


def main() -> None:
    """Executes every file named."""
    write = "--write" in sys.argv[1:]
    for name in (name for name in sys.argv[1:] if not name.startswith("--")):
        notebook = nbformat.read(name, as_version=4)
        NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
        cells = sum(cell.cell_type == "code" for cell in notebook.cells)
        print(f"{name}: {cells} cells executed")
        if write:
            for cell in notebook.cells:
                cell.metadata.pop("execution", None)
            notebook.metadata.pop("language_info", None)
            nbformat.write(notebook, name)


main()
