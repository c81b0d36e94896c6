"""IDs as other systems write them, of which each would break something that takes them for more than text."""

FOREIGN_IDS = (
    "gid://shop/Order/1001",
    "auth0|5f7c8ec7",
    "#1001",
    "LAMP RED/XL",
    "ЛАМПА-1",
    "a'b\"c\\d",
    "'quoted'",
    "%2e%2e/",
    "..",
    "-1",
    "=1+1",
    "<!channel>",
    "[bold]x[/]",
    "a:b",
    "x" * 200,
    "\N{GRINNING FACE}" * 200,
)
