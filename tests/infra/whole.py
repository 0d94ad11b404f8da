"""The template of a stage as ``chalice package --merge-template`` writes it, without building the code's archive.

    python -m tests.infra.whole prod

It is a process of its own: Chalice sets the stage's environment and imports the app in it.
"""

import json
import os
import sys
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
from tests.infra.documents import ROOT


class NoArchive(BaseDeployStep):
    """Names the archive instead of building it."""

    def handle_deploymentpackage(self, config: Config, resource: DeploymentPackage) -> None:
        """See the class."""
        resource.filename = "./deployment.zip"


def whole(stage: str) -> dict[str, Any]:
    """The merged template of a stage."""
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
    merged: dict[str, Any] = TemplateDeepMerger().merge(
        template(stage), SAMTemplateGenerator(config, options).generate(resources)
    )
    return merged


if __name__ == "__main__":
    json.dump(whole(sys.argv[1]), sys.stdout)
