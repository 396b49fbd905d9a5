"""The eleven towns: real names, NBS 2023 codes and rough places; everything else is made up."""

from __future__ import annotations

from dataclasses import dataclass

DISTRICT_CODE = "320507"
DISTRICT_NAME = "相城区"

#: Where the towns' codes come from; another set of codes gives two of them to other towns.
STANDARD_REF = "NBS 2023"

#: Official size of the district in square metres (Suzhou yearbook 2018: 489.96 km²).
DISTRICT_M2 = 489.96e6


@dataclass(frozen=True)
class Town:
    """One town.

    slug: pinyin, used in names of gateways. centre: lon, lat of its built-up middle.
    share: its part of the district's area, made up. built: radius in metres of what is
    built up. communities: their names, urban (社区) first, then villages (村).
    """

    code: str
    name: str
    name_en: str
    slug: str
    centre: tuple[float, float]
    share: float
    built: float
    communities: tuple[str, ...]


def _names(urban: str, villages: str) -> tuple[str, ...]:
    return (*(f"{name}社区" for name in urban.split()), *(f"{name}村" for name in villages.split()))


TOWNS = (
    Town(
        "320507001", "元和街道", "Yuanhe Subdistrict", "yuanhe",
        (120.632, 31.372), 0.118, 2600,
        _names(
            "御窑 陆慕 元和 玉成 文陵 香城 蠡口 朱泾 姚祥 众泾 娄北 宋泾 秦埂 玉盘 古巷 春申 "
            "采莲 唐家",
            "",
        ),
    ),
    Town(
        "320507002", "太平街道", "Taiping Subdistrict", "taiping",
        (120.690, 31.432), 0.100, 1300,
        _names("太平 盛泽 花溪", "莲港 聚金 旺巷 沈桥 林巷 黎明"),
    ),
    Town(
        "320507003", "黄桥街道", "Huangqiao Subdistrict", "huangqiao",
        (120.588, 31.384), 0.062, 1500,
        _names("黄桥 荷塘 方浜 永青", "张庄 生田 占上 大庄"),
    ),
    Town(
        "320507004", "北桥街道", "Beiqiao Subdistrict", "beiqiao",
        (120.607, 31.507), 0.080, 1300,
        _names("北桥 灵峰 盛北", "庄基 漕湖 新北 石桥 芮埭 丰泾"),
    ),
    Town(
        "320507005", "北河泾街道", "Beihejing Subdistrict", "beihejing",
        (120.636, 31.418), 0.056, 1700,
        _names("北河泾 圆融 高铁 相融 清水 富元 康阳", ""),
    ),
    Town(
        "320507006", "漕湖街道", "Caohu Subdistrict", "caohu",
        (120.578, 31.458), 0.082, 1300,
        _names("漕湖 永昌 倪汇 卫星", "下堡 上浜 芦塘 凤凰"),
    ),
    Town(
        "320507007", "澄阳街道", "Chengyang Subdistrict", "chengyang",
        (120.672, 31.388), 0.060, 1700,
        _names("澄阳 泰元 澄云 徐庄 康元 湘城路 蠡塘 安元", ""),
    ),
    Town(
        "320507100", "望亭镇", "Wangting Town", "wangting",
        (120.437, 31.428), 0.095, 1300,
        _names("望亭 鹤溪 御亭", "迎湖 宅基 何家角 项路 新埂 四旺"),
    ),
    Town(
        "320507102", "黄埭镇", "Huangdai Town", "huangdai",
        (120.532, 31.434), 0.120, 1800,
        _names("黄埭 东桥 康阳里 春丰 潘阳", "冯梦龙 胡桥 鹤泾 旺庄 裴圩 三埂 长康 新巷 西桥"),
    ),
    Town(
        "320507105", "渭塘镇", "Weitang Town", "weitang",
        (120.642, 31.463), 0.085, 1500,
        _names("渭塘 玉盘里 珍珠湖", "凤阳 渭星 渭西 盛泽荡 骑河 翡翠"),
    ),
    Town(
        "320507109", "阳澄湖镇", "Yangchenghu Town", "yangchenghu",
        (120.742, 31.497), 0.142, 1300,
        _names("湘城 阳澄湖 沈周 枪堂", "消泾 莲花岛 清水港 车渡 戴溇 十图 北前 洋沟溇"),
    ),
)  # fmt: skip

#: The district's outline, drawn by hand to two or three decimals (lon, lat). What is
#: published follows it only roughly: the border runs along cells of the mesh.
OUTLINE = (
    (120.655, 31.345), (120.625, 31.334), (120.605, 31.352), (120.575, 31.357), (120.557, 31.377),
    (120.540, 31.395), (120.548, 31.416), (120.525, 31.411), (120.500, 31.404), (120.475, 31.416),
    (120.455, 31.397), (120.420, 31.395), (120.385, 31.400), (120.345, 31.400), (120.316, 31.402),
    (120.330, 31.412), (120.365, 31.428), (120.410, 31.449), (120.450, 31.447), (120.490, 31.453),
    (120.515, 31.466), (120.545, 31.474), (120.543, 31.505), (120.570, 31.523), (120.595, 31.523),
    (120.606, 31.550), (120.624, 31.547), (120.634, 31.519), (120.660, 31.499), (120.690, 31.499),
    (120.706, 31.521), (120.735, 31.534), (120.765, 31.539), (120.795, 31.526), (120.812, 31.537),
    (120.826, 31.527), (120.807, 31.508), (120.818, 31.483), (120.826, 31.438), (120.795, 31.432),
    (120.764, 31.427), (120.733, 31.406), (120.705, 31.390), (120.680, 31.372),
)  # fmt: skip
