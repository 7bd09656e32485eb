"""Asks signature_probe for the signatures of a built program's steps; and a cache made of these alone, in the place of the
product's, so that the walker can be fuzzed by itself."""

import json
import subprocess

from program_model import STEPS, main_reach, step_name


def ask(probe, program, holes):
    """Hole -> {"steps": [...]} or {"error": why there is no exact signature}; see signature_probe.cc."""
    request = {"program": str(program), "steps": [step_name(n) for n in range(STEPS)], "holes": holes}
    done = subprocess.run([probe], input=json.dumps(request).encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"signature_probe ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return json.loads(done.stdout)


def key_of(signed, program):
    """What would enter the cache key. The bytes that main left in variables join in the running program: here they are
    the model's values of those that the signature names."""
    values = []
    for name in sorted(main_reach(program)):
        entity = program["entities"][name]
        if any(entity["name"] in state for state in signed["state"]):
            values.append((name, entity["set_by_main"]))
    return signed["digest"], repr(values)


class Signer:
    """Results by signature and inputs, as a cache would keep them."""

    def __init__(self, probe):
        self.probe = probe
        self.results = {}

    def run(self, history, full):
        """What a cached run would have answered, made of a full run of the same program."""
        answer = ask(self.probe, history.builder.program, {"none": {}})["none"]
        if "error" in answer:
            raise RuntimeError(f"no exact signature: {answer['error']}")
        steps = []
        for signed, step in zip(answer["steps"], full["steps"]):
            inputs = tuple(port["digest"] for port in step["inputs"])
            key = (step["name"], *key_of(signed, history.program), inputs)
            hit = key in self.results and not signed["why_not"]
            outputs = self.results.setdefault(key, step["outputs"]) if hit else step["outputs"]
            self.results[key] = outputs
            text = signed["why_not"] or "another signature"
            steps.append({**step, "status": "cached" if hit else "completed", "outputs": outputs,
                          "reason": {"code": "unchanged" if hit else "code_changed", "text": text}})
        return {**full, "steps": steps}
