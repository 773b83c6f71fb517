"""A few divisions of the register, enough to stand beside and below one another."""

CITY = "370100000000"
LICHENG, CHANGQING = "370112000000", "370113000000"
SHANDALU, HONGJIALOU = "370112001000", "370112002000"
WENCHANG = "370113001000"
ONE, TWO, THREE = "370112001001", "370112001002", "370112001003"
FOUR = "370112002001"
FIVE = "370113001001"

TREE = {
    CITY: ("济南市", "city", None),
    LICHENG: ("历城区", "county", CITY),
    CHANGQING: ("长清区", "county", CITY),
    SHANDALU: ("山大路街道", "township", LICHENG),
    HONGJIALOU: ("洪家楼街道", "township", LICHENG),
    WENCHANG: ("文昌街道", "township", CHANGQING),
    ONE: ("甲村", "village", SHANDALU),
    TWO: ("乙村", "village", SHANDALU),
    THREE: ("丙村", "village", SHANDALU),
    FOUR: ("丁村", "village", HONGJIALOU),
    FIVE: ("戊村", "village", WENCHANG),
}
