"""What the numbers of a campaign for results within the day mean."""

from indicators.definition import Definition

CAMPAIGN = (
    Definition(
        name="same_day_campaign",
        title_vi="Đợt trả trong ngày",
        title_en="Same-day campaign",
        words_vi="Số hồ sơ nhận và trả kết quả trong cùng một ngày, cộng dồn từ ngày đầu đợt. Đường nhịp chia đều mục "
        "tiêu cho các ngày làm việc.",
        words_en="Dossiers received and finished on the same day, summed up since the campaign began. The pace line "
        "spreads the target evenly over the working days.",
        formula_vi="Σ hồ sơ có ngày trả = ngày tiếp nhận; dự báo = đã có + trung bình 10 ngày làm việc gần nhất × ngày "
        "làm việc còn lại",
        formula_en="Σ dossiers finished on the day of acceptance; forecast = so far + mean of the last 10 working days "
        "× working days left",
        source_vi="Thước đo: 700.000 hồ sơ nhận và trả trong ngày ở các tháng cao điểm 2021, 2022 (báo chí, 2022)",
        source_en="The measure: 700,000 dossiers within the day in the peak months of 2021 and 2022 (press, 2022)",
        standing="provisional",
        unit="count",
        direction="higher_better",
        dataset="dossiers",
        queries=(("sameday", "days"), ("sameday", "cells")),
    ),
)
