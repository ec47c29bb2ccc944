"""What the numbers of the page of late dossiers mean."""

from indicators.definition import Definition

OWN_VI, OWN_EN = "Cách tính của hệ thống này", "This program's own"
DUE_VI = "Nghị định 118/2025/NĐ-CP (giấy tiếp nhận và hẹn trả kết quả)"
DUE_EN = "Decree 118/2025/NĐ-CP (receipt with an appointed date)"

LATENESS = (
    Definition(
        name="late_by_week",
        title_vi="Trễ hẹn theo tuần",
        title_en="Lateness by week",
        words_vi="Từng đơn vị trong 52 tuần: phần hồ sơ đang mở đã trễ vào cuối tuần, hoặc phần trả trễ, tiếp nhận trễ"
        " trong tuần. Tuần bắt đầu thứ Hai; tuần này chưa hết.",
        words_en="Each unit over 52 weeks: the share of open dossiers that were late as the week ended, or what was"
        " finished or accepted late in it. Weeks begin on Monday; this week is not over.",
        formula_vi="trễ cuối tuần ÷ đang mở cuối tuần; hoặc kết quả trễ ÷ kết quả có ngày hẹn; hoặc tiếp nhận trễ ÷"
        " tiếp nhận có giờ nộp",
        formula_en="late ÷ open at the end of the week; or late results ÷ results with a due time; or accepted late ÷"
        " accepted with a known submission",
        source_vi=OWN_VI,
        source_en=OWN_EN,
        standing="design",
        unit="rate",
        direction="lower_better",
        dataset="dossiers",
        queries=(("lateness", "unit_week_ends"), ("lateness", "unit_weeks")),
    ),
    Definition(
        name="late_by_holder",
        title_vi="Nơi giữ hồ sơ trễ",
        title_en="Who has the late files",
        words_vi="Hồ sơ đang trễ nằm ở cơ quan, bộ phận nào: bước chưa xong bắt đầu gần nhất; đã chuyển mà chưa ai nhận"
        " thì ghi là đang chuyển. Với hồ sơ đã trả trễ: khâu góp phần trễ lớn nhất.",
        words_en="Which agency and department has each late file: its unfinished step that began last; sent and not yet"
        " received stands as on its way. For finished ones: the stop that made most of the lateness.",
        formula_vi="hồ sơ trễ ở nơi đó ÷ hồ sơ trễ của lĩnh vực",
        formula_en="late dossiers there ÷ late dossiers of the field",
        source_vi="Cách tính của hệ thống này, từ tiến độ xử lý (các bước) của Cổng Dịch vụ công",
        source_en="This program's own, from the portal's progress records (steps)",
        standing="design",
        unit="rate",
        direction="lower_better",
        dataset="dossiers",
        queries=(("lateness", "late_now"), ("lateness", "blamed")),
    ),
    Definition(
        name="late_ages",
        title_vi="Trễ đã bao lâu",
        title_en="Late for how long",
        words_vi="Hồ sơ đang trễ chia theo số ngày làm việc đã quá hẹn, tính trên lịch làm việc của Thành phố. Ngày đã"
        " bắt đầu tính là một ngày.",
        words_en="Late dossiers by the working days past their appointment, on the city's calendar. A day that"
        " has begun counts.",
        formula_vi="số ngày làm việc sau ngày hẹn đến hôm nay, ít nhất 1: 1–3, 4–7, 8–30, trên 30",
        formula_en="working days after the due day up to today, at least 1: 1–3, 4–7, 8–30, above 30",
        source_vi=OWN_VI,
        source_en=OWN_EN,
        standing="design",
        unit="count",
        direction="lower_better",
        dataset="dossiers",
        queries=(("lateness", "late_now"),),
    ),
    Definition(
        name="late_procedures",
        title_vi="Thủ tục trễ nhiều",
        title_en="Late procedures",
        words_vi="Thủ tục có nhiều hồ sơ đang trễ nhất, hoặc có nhiều kết quả trả trễ, tiếp nhận trễ nhất trong khoảng"
        " thời gian đã chọn.",
        words_en="The procedures with most dossiers late now, or with most finished or accepted late in the window.",
        formula_vi="số hồ sơ trễ theo thủ tục",
        formula_en="late dossiers by procedure",
        source_vi=OWN_VI,
        source_en=OWN_EN,
        standing="design",
        unit="count",
        direction="lower_better",
        dataset="dossiers",
        queries=(("lateness", "late_now"),),
    ),
    Definition(
        name="two_clocks",
        title_vi="Hai đồng hồ",
        title_en="Two clocks",
        words_vi="Tiếp nhận (từ lúc nộp đến lúc tiếp nhận) và trả kết quả (từ tiếp nhận đến ngày hẹn) là hai thời hạn"
        " khác nhau, đếm và hiện riêng.",
        words_en="Acceptance (from submission to acceptance) and result (from acceptance to the appointment) are two"
        " limits, counted and shown apart.",
        formula_vi="tiếp nhận trễ ÷ tiếp nhận có giờ nộp; kết quả trễ ÷ kết quả có ngày hẹn",
        formula_en="accepted late ÷ accepted with a known submission; late results ÷ results with a due time",
        source_vi=DUE_VI,
        source_en=DUE_EN,
        standing="provisional",
        unit="rate",
        direction="lower_better",
        dataset="dossiers",
        queries=(("lateness", "window_fields"),),
    ),
)
