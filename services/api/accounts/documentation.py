"""What OpenAPI shows of the routes on people and keys: a county's desk, and a township's machine."""

from typing import Any, Final

from services.api.contract import COUNTY, TOWNSHIP

CREDENTIALS: Final = {
    "password": {"name": "licheng-desk", "password": "sorghum-terrace-lantern"},
    "code": {"name": "licheng-desk", "password": "sorghum-terrace-lantern", "code": "492039"},
}
SESSION: Final = {
    "token": "rorc_1f0c9a2b_…", "expires_at": "2021-12-06T21:00:00+08:00", "role": "county", "division": COUNTY,
    "must_change_password": False,
}  # fmt: skip
WAYS: Final = {"ways": ["password", "oidc"]}
_HERE: Final = "https://rorc.example/sign-in/oidc/callback"
OIDC_REQUESTS: Final = {"pages": {"redirect_uri": _HERE}}
OIDC_REQUEST: Final = {
    "address": "https://id.example/authorize?response_type=code&client_id=rorc&scope=openid+profile+email&state=…",
    "ticket": "gAAAAABhrXv0…",
}  # fmt: skip
OIDC_RETURN: Final = {
    "back": {
        "ticket": "gAAAAABhrXv0…",
        "code": "SplxlOBeZQQYbYS6WxSbIA",
        "state": "af0ifjsldkj",
        "redirect_uri": _HERE,
    }
}
SIGNED_OUT: Final = {"signed_out": True}
ME: Final[dict[str, Any]] = {
    "name": "licheng-desk", "display_name": "历城区指挥部", "account": 4, "role": "county", "division": COUNTY,
    "rights": ["act", "export", "personal", "read"], "must_change_password": False, "authenticator": True,
    "single_sign_on": False,
    "password_changed_at": "2021-11-01T09:00:00+08:00", "expires_at": "2021-12-06T21:00:00+08:00",
}  # fmt: skip
PASSWORDS: Final = {"change": {"present": "sorghum-terrace-lantern", "new": "another-sorghum-lantern"}}
AUTHENTICATOR: Final = {
    "secret": "JBSWY3DPEHPK3PXP", "uri": "otpauth://totp/RORC:licheng-desk?secret=JBSWY3DPEHPK3PXP&issuer=RORC",
}  # fmt: skip
CODE: Final = {"code": {"code": "492039"}}
PASSWORD: Final = {"password": {"password": "sorghum-terrace-lantern"}}
NEW_ACCOUNT: Final = {
    "county": {
        "name": "licheng-desk", "role": "county", "division": COUNTY["code"], "display_name": "历城区指挥部",
    }
}  # fmt: skip
_ACCOUNT: Final[dict[str, Any]] = {
    "id": 4, "name": "licheng-desk", "display_name": "历城区指挥部", "role": "county", "division": COUNTY,
    "created_at": "2021-11-01T09:00:00+08:00", "disabled_at": None, "locked_until": None, "authenticator": True,
    "single_sign_on": False,
    "must_change_password": False, "last_used_at": "2021-12-06T08:59:00+08:00",
}  # fmt: skip
ACCOUNTS: Final = {"accounts": [_ACCOUNT], "next": None}
ACCOUNT: Final = {"account": _ACCOUNT, "one_time_password": "k4mh-72xq-bw9d-tz3f"}
CHANGES: Final = {
    "role": {"role": "auditor"}, "disable": {"disabled": True}, "unlock": {"unlock": True},
    "reset": {"reset_password": True}, "unbind": {"unbind": True},
}  # fmt: skip
NEW_KEYS: Final = {
    "rights": {
        "name": "山大路街道 / Shandalu",
        "division": TOWNSHIP["code"],
        "rights": ["report", "read"],
        "days": 365,
    },
    "role": {"name": "统计系统 / statistics", "division": COUNTY["code"], "role": "export_system"},
}
_KEY: Final[dict[str, Any]] = {
    "prefix": "1f0c9a2b", "name": "山大路街道 / Shandalu", "division": TOWNSHIP, "role": None,
    "rights": ["report", "read"], "created_at": "2021-11-01T09:00:00+08:00",
    "expires_at": "2022-11-01T09:00:00+08:00", "revoked_at": None, "last_used_at": None,
}  # fmt: skip
KEYS: Final = {"keys": [_KEY]}
KEY: Final = {"key": _KEY, "token": "rorc_1f0c9a2b_…"}
ROTATION: Final = {"a week": {"overlap_days": 7}}
