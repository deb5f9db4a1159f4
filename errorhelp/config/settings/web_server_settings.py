"""Settings of the web server in front, which `errorhelp web-server` writes the configuration of."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from errorhelp.config.settings.setting_values import (
    Listen,
    OneOrMore,
    Origin,
    Plain,
    Section,
    check_host_name,
)


class CertificateSettings(Section):
    """A certificate and its key."""

    certificate: Plain | None = Field(
        None,
        description="The file of the certificate with its chain, as the web server reads it.",
        examples=["/etc/ssl/certs/1c.example.com.pem"],
    )
    key: Plain | None = Field(
        None, description="The file of its key.", examples=["/etc/ssl/private/1c.example.com.key"]
    )

    @model_validator(mode="after")
    def _has_both(self) -> "CertificateSettings":
        if (self.certificate is None) != (self.key is None):
            raise ValueError("needs certificate and key, or neither of them")
        return self


class HostSettings(CertificateSettings):
    """A host name of publications, and what is behind it; or another name with a certificate of its own."""

    host: Annotated[str, AfterValidator(check_host_name)] = Field(
        description="The name, as it stands in addresses.", examples=["1c.example.com"]
    )
    backend: Origin | None = Field(
        None, description="The web server of 1C behind it.", examples=["http://192.0.2.10"]
    )


class WebServerSettings(CertificateSettings):
    """What `errorhelp web-server` has to know beside publications, `public.url` and `public.listen`."""

    hosts: tuple[HostSettings, ...] = Field(
        (), description="The host names of publications; publications of others are left out."
    )
    tree: Plain | None = Field(
        None,
        description="The folder of the published tree as the web server has it, if it is not that of publish.",
        examples=["/srv/errorhelp"],
    )
    service: Annotated[tuple[Listen, ...], OneOrMore] = Field(
        (),
        description="Where the web server reaches the public listener, if not at public.listen; of all nodes.",
        examples=["[192.0.2.5:8080, 192.0.2.6:8080]"],
    )
