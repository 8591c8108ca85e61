"""Makes the part of plotly.js that the report ships, from its source in npm: the traces of
``PART_TYPES``, of the version that plotly brings. Needs npm and the network.

    python -m tools.plotly_part

To be run after plotly was raised or a type was added; the same versions give the same bytes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from plotly.offline import get_plotlyjs_version

from bullion.report.plotly_js import PART, PART_TYPES, banner

_ESBUILD = "0.28.2"
_MAKE = """
const { build } = require("esbuild");
const { types, banner } = JSON.parse(process.argv[1]);
const traces = types.map((type) => `require("plotly.js/lib/${type}")`);
build({
  stdin: {
    contents: `const Plotly = require("plotly.js/lib/core");
      Plotly.register([${traces}]); module.exports = Plotly;`,
    resolveDir: process.cwd()
  },
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "Plotly",
  target: "es2016",
  // As plotly's own bundles.
  define: { global: "window", "define.amd": "false", "process.env.NODE_DEBUG": "false" },
  banner: { js: banner },
  legalComments: "eof",
  outfile: "part.js"
}).catch(() => process.exit(1));
"""


def main() -> None:
    """Write the part and its licence. Raises CalledProcessError when npm or node fails."""
    version = get_plotlyjs_version()
    with tempfile.TemporaryDirectory() as folder:
        packages = [f"plotly.js@{version}", f"esbuild@{_ESBUILD}"]
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"]
        _run("npm", "install", *quiet, *packages, folder=folder)
        wanted = json.dumps({"types": PART_TYPES, "banner": banner(version)})
        _run("node", "--eval", _MAKE, wanted, folder=folder)
        PART.parent.mkdir(exist_ok=True)
        shutil.copyfile(Path(folder, "part.js"), PART)
        licence = Path(folder, "node_modules", "plotly.js", "LICENSE")
        shutil.copyfile(licence, PART.with_name("LICENSE"))
    print(f"{PART.name}: plotly.js {version}, {PART.stat().st_size / 1e6:.2f} MB")


def _run(program: str, *arguments: str, folder: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise SystemExit(f"{program} is not installed (Debian: apt-get install npm).")
    subprocess.run([found, *arguments], cwd=folder, check=True)


if __name__ == "__main__":
    main()
