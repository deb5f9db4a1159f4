"""What the web server in front has to know, out of its settings."""

from pathlib import Path

from yarl import URL

from errorhelp.config.settings.configuration import Configuration
from errorhelp.config.settings.setting_values import split_listen
from errorhelp.config.settings.web_server_settings import CertificateSettings
from errorhelp.system.local_address import local_address
from errorhelp.web_server.sites import Certificate, FrontSettings, Host, UnusableSites


def build_front(settings: Configuration, tree: Path | None) -> FrontSettings:
    """What is set; `tree` is where errorhelp itself publishes. UnusableSites where no tree is known."""
    given = settings.web_server
    if given.tree is None and tree is None:
        raise UnusableSites("set publish, the folder of the published tree, which the web server serves")
    return FrontSettings(
        tree=given.tree or Path(tree or "").as_posix(),
        services=given.service or (local_address(*split_listen(settings.public.listen)),),
        certificate=_certificate(given),
        hosts={
            URL(f"http://{each.host}").raw_host or "": Host(each.backend, _certificate(each))
            for each in given.hosts
        },
    )


def _certificate(given: CertificateSettings) -> Certificate | None:
    return Certificate(given.certificate, given.key) if given.certificate and given.key else None
