"""The template of a stage, Chalice's part and ours, as ``chalice package --merge-template`` makes it.

    python -m infra.whole prod

It is a process of its own: Chalice sets the stage's environment and imports the app in it. The archive is
``infra/package.py``'s: Chalice's own holds the libraries' versions of the day, in no fixed order, without bytecode.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from chalice.awsclient import TypedAWSClient
from chalice.cli.factory import CLIFactory
from chalice.config import Config
from chalice.deploy.appgraph import ApplicationGraphBuilder, DependencyBuilder
from chalice.deploy.deployer import BaseDeployStep, BuildStage, InjectDefaults, PolicyGenerator, SwaggerBuilder
from chalice.deploy.models import DeploymentPackage
from chalice.deploy.swagger import CFNSwaggerGenerator
from chalice.package import PackageOptions, ResourceBuilder, SAMTemplateGenerator, TemplateDeepMerger
from chalice.policy import AppPolicyGenerator
from chalice.utils import OSUtils

from infra.merge import template

ROOT = Path(__file__).resolve().parents[1]
RUNTIME = "python3.11"
ARCHIVE = "deployment.zip"


class NoArchive(BaseDeployStep):
    """Names the archive instead of building it."""

    def handle_deploymentpackage(self, config: Config, resource: DeploymentPackage) -> None:
        """See the class."""
        resource.filename = f"./{ARCHIVE}"


def whole(stage: str) -> dict[str, Any]:
    """The merged template of a stage, for Lambda's Python whatever Python writes it.

    Errors: ``KeyError`` for a stage that ``.chalice/config.json`` does not have.
    """
    ours = template(stage)
    factory = CLIFactory(str(ROOT), environ=os.environ)
    config = factory.create_config_obj(stage)
    steps = [
        InjectDefaults(),
        NoArchive(),
        PolicyGenerator(AppPolicyGenerator(OSUtils()), OSUtils()),
        SwaggerBuilder(CFNSwaggerGenerator()),
    ]
    builder = ResourceBuilder(ApplicationGraphBuilder(), DependencyBuilder(), BuildStage(steps))
    options = PackageOptions(TypedAWSClient(factory.create_botocore_session()))
    resources = builder.construct_resources(config, stage)
    merged: dict[str, Any] = TemplateDeepMerger().merge(ours, SAMTemplateGenerator(config, options).generate(resources))
    for resource in merged["Resources"].values():
        if resource.get("Type") == "AWS::Serverless::Function":
            resource["Properties"]["Runtime"] = RUNTIME
    return merged


if __name__ == "__main__":
    json.dump(whole(sys.argv[1]), sys.stdout, separators=(",", ":"), sort_keys=True)
