"""Prints the packages that a CUDA build of torch must find to be imported at all, one a line; nothing for a CPU build.

PyPI's Linux build links its CUDA libraries even where there is no GPU. Left out of what it declares is what
only a GPU run loads: cuSOLVER (loaded on first use), Triton and the CUDA bindings.
"""

import importlib.metadata
import re
import subprocess
import sys

NOT_NEEDED = {"cusolver", "nvtx"}


def needed(requirement):
    name = re.match(r"[\w.-]+", requirement)[0]
    if name == "cuda-toolkit":
        extras = re.search(r"\[(.*)\]", requirement)[1].split(",")
        kept = ",".join(extra for extra in extras if extra.strip() not in NOT_NEEDED)
        return requirement.replace(f"[{','.join(extras)}]", f"[{kept}]")
    return requirement if name.startswith("nvidia-") else None


if subprocess.run([sys.executable, "-c", "import torch"], capture_output=True).returncode:
    for requirement in importlib.metadata.requires("torch"):
        if needed(requirement):
            print(needed(requirement).split(";")[0].strip())
