"""What the numbers about who made dossiers late mean."""

from indicators.definition import Definition

OWN_VI, OWN_EN = (
    "Cách tính của hệ thống này (indicators/attribution.py)",
    "This program's own (indicators/attribution.py)",
)
PAUSE_VI = "Quyết định 766/QĐ-TTg ngày 23/6/2022, nhóm 2: trừ thời gian chờ bổ sung; yêu cầu bổ sung quá một lần là trễ"
PAUSE_EN = "Decision 766/QĐ-TTg of 23 June 2022, group 2: supplement time is subtracted; a second request is late"

ATTRIBUTION = (
    Definition(
        name="lateness_parts",
        title_vi="Phần làm trễ của từng khâu",
        title_en="Part of each stop",
        words_vi="Số trễ của một hồ sơ, tính theo giờ làm việc, được chia hết cho các bước và các lần chuyển giữa hai "
        "bước. Khâu nào để hồ sơ tụt thêm so với kế hoạch thì nhận phần tụt thêm; khâu sau bù lại phần tụt gần nhất.",
        words_en="A dossier's lateness in office hours, split over its steps and the handovers between them. A stop "
        "that lets it fall further behind its plan bears what it added; one that catches up takes away the last of it.",
        formula_vi="kế hoạch của bước: hạn của chính nó, nếu không có thì chia đều thời gian còn lại; tổng = số trễ",
        formula_en="a step's plan: its own due time, else an equal part of the time left; the parts make the whole",
        source_vi=OWN_VI,
        source_en=OWN_EN,
        standing="design",
        unit="duration",
        direction="lower_better",
        dataset="dossiers",
        queries=(("attribution", "shares_city"), ("attribution", "shares_units")),
    ),
    Definition(
        name="redated_rate",
        title_vi="Dời hẹn không rõ lý do",
        title_en="Moved without reason",
        words_vi="Tỷ lệ hồ sơ kết thúc mà ngày hẹn đã dời, hoặc vượt thời gian quy định hơn một ngày làm việc, xa hơn "
        "thời gian dừng chờ bổ sung. Đơn vị dời nhiều hơn hẳn các đơn vị khác được nêu tên.",
        words_en="The share of ended dossiers whose appointment was moved, or lies more than a working day beyond the "
        "statutory time, further than their pauses account for. A unit far above its peers is named.",
        formula_vi="hồ sơ dời không rõ lý do ÷ hồ sơ kết thúc; nêu tên: quá 3 độ lệch chuẩn và từ 2 lần tỷ lệ chung",
        formula_en="moved without reason ÷ ended; named: beyond 3 deviations (beta-binomial) and twice the common rate",
        source_vi=PAUSE_VI,
        source_en=PAUSE_EN,
        standing="design",
        unit="rate",
        direction="lower_better",
        dataset="dossiers",
        queries=(("attribution", "traces"), ("attribution", "ended")),
    ),
    Definition(
        name="letters_judged",
        title_vi="Quy định về thư xin lỗi",
        title_en="Rules of letters",
        words_vi="Mỗi thư được so với quy định của đơn vị và của ngày gửi: hạn gửi, số lần, độ dài gia hạn, hạn kiểm "
        "điểm. Quy định khai trong letters.toml của thành phố; quy định sau đứng trên quy định trước.",
        words_en="Each letter is held against the rules of its unit and day: time limit, number, length of the "
        "extension, review. The rules stand in the city's letters.toml; a later one stands above an earlier one.",
        formula_vi="muộn: gửi sau ngày cuối; quá dài: gia hạn > tỷ lệ cho phép × thời gian quy định",
        formula_en="late: sent after the last day; too long: extension > allowed share × statutory time",
        source_vi="Quyết định 5157/QĐ-UBND ngày 30/9/2016; quy định quận Bình Tân 2017; Nghị định 118/2025/NĐ-CP",
        source_en="Decision 5157/QĐ-UBND (30 September 2016); Bình Tân district's rule (2017); Decree 118/2025/NĐ-CP",
        standing="provisional",
        unit="count",
        direction="lower_better",
        dataset="letters",
        queries=(("letters", "judged"), ("letters", "reviews"), ("letters", "never_sent")),
    ),
)
