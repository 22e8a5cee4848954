"""Runs the plugin as the agent would, and checks what it prints."""

import json
import pathlib
import subprocess
import unittest

PLUGIN = pathlib.Path(__file__).resolve().parent / "plugin"


class PluginTest(unittest.TestCase):
    def test_prints_a_list_of_metrics(self):
        run = subprocess.run([PLUGIN, "hello", 'a"b'], stdout=subprocess.PIPE, check=True)
        metrics = {metric["name"]: metric for metric in json.loads(run.stdout)}
        self.assertEqual(metrics["answer"]["value"], 42)
        self.assertEqual(metrics["uptime.seconds"]["tags"], {"args": 'hello a"b'})
        self.assertGreater(metrics["uptime.seconds"]["value"], 0)


if __name__ == "__main__":
    unittest.main()
