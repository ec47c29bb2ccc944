"""What the numbers of the page of satisfaction mean, besides those of the tiles."""

from indicators.definition import Definition

OWN_VI, OWN_EN = "Cách tính của hệ thống này", "This program's own"

SATISFIED = (
    Definition(
        name="satisfaction_modelled",
        title_vi="Hài lòng, theo mô hình",
        title_en="Satisfied, modelled",
        words_vi="Hài lòng chung nếu mỗi người im lặng giống người trả lời cùng lĩnh vực, cách nộp và đúng, trễ hạn. "
        "Hai đầu khoảng: khả năng hài lòng của người im lặng bằng một nửa và gấp đôi.",
        words_en="Satisfaction if the silent are like those answered of the same field, channel and on time or late. "
        "The ends: their odds of being satisfied are half or twice as high.",
        formula_vi="Σ (hài lòng + im lặng × tỷ lệ của ô) ÷ có kết quả; ô ít trả lời được kéo về tỷ lệ chung của nhóm "
        "đúng hay trễ hạn",
        formula_en="Σ (content + silent × the cell's rate) ÷ finished; a cell with few answers is drawn towards the "
        "rate of all on time or late",
        source_vi="Hậu phân tầng (post-stratification); mức một nửa đến gấp đôi là giả định của hệ thống này",
        source_en="Post-stratification; half to twice the odds is this program's own assumption",
        standing="design",
        unit="interval",
        direction="higher_better",
        dataset="ratings",
        queries=(("satisfaction", "service_cells"), ("satisfaction", "unit_service_cells")),
    ),
    Definition(
        name="satisfaction_by_stage",
        title_vi="Hài lòng theo khâu",
        title_en="Satisfied by stage",
        words_vi="Điểm của từng khâu tiếp nhận, xử lý, trả kết quả, mỗi lượt tính một lần. Ở các bảng khác một "
        "hồ sơ chỉ tính một lần, theo khâu điểm thấp nhất.",
        words_en="Scores of reception, processing and return, each rating counted once. In the other tables a dossier "
        "counts once, by its lowest stage.",
        formula_vi="khoảng Wilson 95 % của lượt đạt điểm hài lòng trên mọi lượt của khâu",
        formula_en="Wilson 95 % interval of the ratings that are content among all ratings of the stage",
        source_vi=OWN_VI,
        source_en=OWN_EN,
        standing="design",
        unit="interval",
        direction="higher_better",
        dataset="ratings",
        queries=(("satisfaction", "stages"),),
    ),
)
