"""Where a request comes from, as far as its sender can hardly change it."""

import ipaddress


def network_of(address: str) -> str:
    """An IPv4 address, or of an IPv6 address the half that the provider gives; what is no address stays as it is."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(parsed), 64), strict=False))
        parsed = parsed.ipv4_mapped
    return str(parsed)
