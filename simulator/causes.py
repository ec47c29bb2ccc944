"""Why the units of the simulated city differ: planted causes, each with the sentence that explains it.

`where` names former districts by code (all units when empty); `families` are the procedure families
of mix.csv (all when empty).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """Hold one planted cause: where it acts, what it does, how it shows."""

    key: str
    sentence_vi: str
    sentence_en: str
    find: str
    where: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    result_late: float = 0.0  # added probability that the result is late
    late_days: float = 0.0  # mean delay of those results, in working days
    holder: str = ""  # who holds the file meanwhile: a role of routes.py
    accept_late: float = 0.0  # probability that an online dossier is accepted late
    weekday: int | None = None  # only for submissions of this weekday, 0 = Monday
    redated_times: float = 1.0  # how many times more often the appointment is moved
    silent: bool = False  # the sender falls silent for hours, then sends everything at once
    volume: float = 1.0  # arrivals, times
    month_days: tuple[int, int] = (1, 31)  # days of the month on which volume (and lateness with it) acts
    ticket_kind: str = ""  # hotline categories of this kind ...
    ticket_late: float = 0.0  # ... are closed late with this probability


CAUSES = (
    Cause(
        "land-office",
        "Văn phòng Đăng ký đất đai giữ hồ sơ đất đai của các xã thuộc Hóc Môn và Bình Chánh cũ ba ngày trở lên.",
        "The land office holds land dossiers of the communes of former Hóc Môn and Bình Chánh three days and more.",
        "late dossiers: đất đai in former Hóc Môn and Bình Chánh; steps: the land office passes its due date",
        where=("784", "785"),
        families=("land",),
        result_late=0.26,
        late_days=4.5,
        holder="land_office",
    ),
    Cause(
        "police-residence",
        "Bước xác minh của Công an kéo dài ở Củ Chi trong lĩnh vực cư trú.",
        "The police step takes long in former Củ Chi for residence.",
        "late dossiers: cư trú in former Củ Chi; steps: Công an xã finishes after the due date of its step",
        where=("783",),
        families=("residence",),
        result_late=0.17,
        late_days=2.0,
        holder="police",
    ),
    Cause(
        "police-interlinked",
        "Trong thủ tục liên thông, công an trả hồ sơ chậm ở mọi nơi.",
        "In interlinked procedures the police return the file late everywhere.",
        "late dossiers: hộ tịch (liên thông) in all units; steps: Công an finishes after the due date of its step",
        families=("linked",),
        result_late=0.06,
        late_days=2.0,
        holder="police",
    ),
    Cause(
        "friday-online",
        "Hồ sơ nộp trực tuyến vào thứ Sáu ở Quận 8 cũ được tiếp nhận trễ, sang thứ Ba.",
        "Dossiers filed online on Fridays in former Quận 8 are accepted late, on Tuesday.",
        "accepted_late_rate of former Quận 8; submitted on a Friday against other weekdays",
        where=("776",),
        accept_late=0.6,
        weekday=4,
    ),
    Cause(
        "moved-appointments",
        "Quận 12 cũ dời ngày hẹn trả nhiều gấp bốn lần nơi khác, nên tỷ lệ đúng hạn trông đẹp.",
        "Former Quận 12 moves appointments four times more often than others, so that its on-time rate looks good.",
        "dossiers with more than one due date by unit",
        where=("761",),
        redated_times=4.0,
    ),
    Cause(
        "silent-sender",
        "Máy gửi của Cần Giờ im lặng vài giờ rồi gửi dồn một lần.",
        "The sender of former Cần Giờ is silent for hours and then sends everything at once.",
        "NgayCapNhat far after NgayTiepNhan, in bursts, in the four communes of former Cần Giờ",
        where=("787",),
        silent=True,
    ),
    Cause(
        "construction-staff",
        "Bộ phận cấp phép xây dựng của các xã thuộc Bình Chánh cũ thiếu người.",
        "The building permit desks of the communes of former Bình Chánh are under-staffed.",
        "late dossiers: hoạt động xây dựng in former Bình Chánh; steps: the economic department holds them",
        where=("785",),
        families=("construction",),
        result_late=0.3,
        late_days=6.0,
        holder="department",
    ),
    Cause(
        "month-end-surge",
        "Bình Tân cũ đông gấp rưỡi từ ngày 20 đến cuối tháng (công nhân đăng ký cư trú), kéo theo trễ hạn.",
        "Former Bình Tân receives half as much again from the 20th to the end of the month, and is late with more.",
        "received by day in former Bình Tân: from the 20th against the days before",
        where=("777",),
        result_late=0.02,
        late_days=0.8,
        holder="department",
        volume=1.5,
        month_days=(20, 31),
    ),
    Cause(
        "month-start-surge",
        "Thủ Đức cũ đông gấp rưỡi trong mười ngày đầu tháng (hộ kinh doanh), kéo theo trễ hạn.",
        "Former Thủ Đức receives half as much again in the first ten days of the month, and is late with more.",
        "received by day in former Thủ Đức: first ten days against the rest of the month",
        where=("769",),
        result_late=0.02,
        late_days=0.8,
        holder="department",
        volume=1.5,
        month_days=(1, 10),
    ),
    Cause(
        "noise-at-night",
        "Phản ánh tiếng ồn ở Bình Tân cũ được xử lý trễ.",
        "Noise complaints in former Bình Tân are closed late.",
        "tickets_late by unit and category: noise in former Bình Tân",
        where=("777",),
        ticket_kind="noise",
        ticket_late=0.3,
    ),
)
