"""Configurations of the web server in front, written from the publications. Pure."""

from enum import StrEnum


class WebServer(StrEnum):
    """The web servers that configurations are written for."""

    NGINX = "nginx"
    APACHE = "apache"
    IIS = "iis"
