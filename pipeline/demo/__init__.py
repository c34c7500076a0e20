"""The embedded target: a pet clinic's API with ten planted defects, and its clean twin that obeys its document to the letter."""

from pipeline.demo.defects import DEFECTS, Defect, Place, Planted, plant
from pipeline.demo.document import TOKEN
from pipeline.demo.server import Demo, create_app, running, serve

__all__ = ["DEFECTS", "TOKEN", "Defect", "Demo", "Place", "Planted", "create_app", "plant", "running", "serve"]
