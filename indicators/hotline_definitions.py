"""What the numbers of the hotline's page mean."""

from indicators.definition import Definition

OWN_VI, OWN_EN = "Cách tính của hệ thống này", "This program's own"

HOTLINE = (
    Definition(
        name="ticket_first_answer",
        title_vi="Chờ trả lời lần đầu",
        title_en="Wait for an answer",
        words_vi="Từ lúc gửi phản ánh đến lần trả lời đầu: một nửa số cuộc chờ ít hơn mức này. Không dùng trung bình, "
        "vì vài cuộc rất lâu kéo nó lên.",
        words_en="From opening to the first answer: half of the calls wait less than this. Not the mean, which a few "
        "very long ones pull up.",
        formula_vi="trung vị và phân vị 90 của (trả lời lần đầu − gửi), theo tuần trả lời; nội suy trong khoảng",
        formula_en="median and 90th percentile of (first answer − opened), by the week of the answer; within a bin "
        "spread evenly",
        source_vi=OWN_VI,
        source_en=OWN_EN,
        standing="design",
        unit="duration",
        direction="lower_better",
        dataset="tickets",
        queries=(("hotline", "spread"), ("hotline", "category_waits")),
    ),
    Definition(
        name="ticket_closing",
        title_vi="Thời gian xử lý",
        title_en="Time to settle",
        words_vi="Từ lúc gửi phản ánh lần đầu đến lúc xử lý xong; phản ánh mở lại vẫn tính từ lần gửi đầu. Một nửa số "
        "cuộc nhanh hơn mức này.",
        words_en="From the first opening until settled; one that was reopened counts from its first opening. Half of "
        "the calls are faster than this.",
        formula_vi="trung vị và phân vị 90 của (xong − gửi), theo tuần xử lý xong; nội suy trong từng khoảng",
        formula_en="median and 90th percentile of (closed − opened), by the week of closing; a bin is spread evenly",
        source_vi=OWN_VI,
        source_en=OWN_EN,
        standing="design",
        unit="duration",
        direction="lower_better",
        dataset="tickets",
        queries=(("hotline", "spread"), ("hotline", "category_waits")),
    ),
    Definition(
        name="tickets_by_hour",
        title_vi="Gọi theo giờ trong tuần",
        title_en="Calls by hour of week",
        words_vi="Số phản ánh theo thứ và giờ gửi, giờ địa phương, của các tuần trọn trong khoảng đã chọn.",
        words_en="Calls by weekday and hour of opening, local time, of the whole weeks of the chosen window.",
        formula_vi="đếm phản ánh theo (thứ, giờ) của giờ gửi",
        formula_en="calls counted by (weekday, hour) of opened_at",
        source_vi=OWN_VI,
        source_en=OWN_EN,
        standing="design",
        unit="count",
        direction="neutral",
        dataset="tickets",
        queries=(("hotline", "spread"), ("hotline", "spread_of_both")),
    ),
    Definition(
        name="ticket_bursts",
        title_vi="Gọi dồn",
        title_en="Bursts of calls",
        words_vi="Nơi và lĩnh vực được gọi trong 7 ngày qua nhiều hơn hẳn tuần thường của chính nó. Hệ thống không lưu "
        "địa chỉ, nên nơi là đơn vị.",
        words_en="A unit and category called about in the last 7 days far more than in its own usual week. No address "
        "is stored, so the place is the unit.",
        formula_vi="từ 5 cuộc, và xác suất Poisson để có chừng ấy cuộc dưới 1/1.000 với mức trung bình 4 tuần trước",
        formula_en="5 calls or more, and a Poisson chance under 1 in 1,000 given the mean of the 4 weeks before",
        source_vi=OWN_VI,
        source_en=OWN_EN,
        standing="design",
        unit="list",
        direction="lower_better",
        dataset="tickets",
        queries=(("hotline", "gathered"),),
    ),
    Definition(
        name="tickets_about_dossiers",
        title_vi="Gọi về hồ sơ hành chính",
        title_en="Calls about dossiers",
        words_vi="Tỷ lệ cuộc gọi 30 ngày qua thuộc các lĩnh vực mà hồ sơ thành phố đánh dấu là về thủ tục hành chính, "
        "đặt cạnh tỷ lệ hồ sơ trễ hẹn của cùng đơn vị.",
        words_en="The share of the calls of 30 days in categories that the city's profile marks as being about "
        "procedures, beside the late share of the same unit's dossiers.",
        formula_vi="cuộc gọi về hồ sơ ÷ mọi cuộc gọi; tương quan hạng Spearman giữa tỷ lệ trễ và số cuộc gọi về hồ sơ "
        "trên số hồ sơ nhận",
        formula_en="calls about dossiers ÷ all calls; Spearman's rank correlation of the late share with calls about "
        "dossiers ÷ dossiers received",
        source_vi=OWN_VI,
        source_en=OWN_EN,
        standing="design",
        unit="rate",
        direction="lower_better",
        dataset="tickets",
        queries=(("hotline", "gathered"), ("hotline", "month_received")),
    ),
)
