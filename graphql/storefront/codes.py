"""Countries, currencies and languages by their codes, as enumerations of the dialect's names.

Countries are ISO 3166-1 with the exceptional reservations that postal addresses use; currencies are those of ISO 4217 that are legal tender
somewhere; languages are ISO 639-1 with a few that differ by region.
"""

from enum import StrEnum

import strawberry

COUNTRIES = """
AC AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI
CK CL CM CN CO CP CR CU CV CW CX CY CZ DE DG DJ DK DM DO DZ EA EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN
GP GQ GR GS GT GU GW GY HK HM HN HR HT HU IC ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK
LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TF TG TH TJ
TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW ZZ
""".split()  # noqa: SIM905 - hundreds of codes read better as text

CURRENCIES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK
DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB
PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS
UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG XXX
""".split()  # noqa: SIM905 - hundreds of codes read better as text

LANGUAGES = """
AF AK AM AR AS AZ BE BG BM BN BO BR BS CA CE CKB CS CU CY DA DE DZ EE EL EN EO ES ET EU FA FF FI FIL FO FR FY GA GD GL GU GV HA HE HI HR
HU HY IA ID IG II IS IT JA JV KA KI KK KL KM KN KO KS KU KW KY LA LB LG LN LO LT LU LV MG MI MK ML MN MO MR MS MT MY NB ND NE NL NN NO
OM OR OS PA PL PS PT PT_BR PT_PT QU RM RN RO RU RW SA SC SD SE SG SH SI SK SL SN SO SQ SR SU SV SW TA TE TG TH TI TK TO TR TT UG UK UR
UZ VI VO WO XH YI YO ZH ZH_CN ZH_TW ZU
""".split()  # noqa: SIM905 - hundreds of codes read better as text


@strawberry.enum(description="ISO 3166-1 alpha-2; ZZ is an unknown one.")
class CountryCode(StrEnum):
    vars().update({code: code for code in COUNTRIES})


@strawberry.enum(description="ISO 4217; XXX is a currency that is not in the list.")
class CurrencyCode(StrEnum):
    vars().update({code: code for code in CURRENCIES})


@strawberry.enum(description="ISO 639-1, some with a region.")
class LanguageCode(StrEnum):
    vars().update({code: code for code in LANGUAGES})


_CURRENCIES = frozenset(CURRENCIES)
_LANGUAGES = frozenset(LANGUAGES)


def currency_code(currency: str) -> str:
    return currency if currency in _CURRENCIES else "XXX"


def language_code(language: str) -> str:
    """The code of a language tag: pl, pl_PL and pl-PL are PL."""
    code = language.replace("-", "_").upper()
    return code if code in _LANGUAGES else code.partition("_")[0]
