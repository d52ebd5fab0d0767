import re


def test_the_examples_of_the_documents_run(root, monkeypatch, capsys):
    monkeypatch.chdir(root)
    for name, least in [("docs/python.md", 4), ("python/README.md", 1)]:
        blocks = re.findall(r"^```python\n(.*?)^```", (root / name).read_text(), re.M | re.S)
        assert len(blocks) >= least
        names = {}
        for block in blocks:
            exec(compile(block, name, "exec"), names)
    assert "MISGENERALIZES" in capsys.readouterr().out
