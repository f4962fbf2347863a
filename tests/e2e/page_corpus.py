"""The cases and the article that the officers' pages show in the browser tests."""

from kb.models import (
    Case,
    CaseFact,
    CaseFigure,
    CaseResult,
    Document,
    ExtractedCase,
    Field,
    Locator,
    MetadataEvidence,
    Source,
    Span,
)

CASES = (
    Case(
        case_id="mat-than-an-ninh",
        name="“Mắt thần” an ninh",
        field=Field.DEFENCE_SECURITY,
        topics=("an-ninh-trat-tu", "chuyen-doi-so"),
        province="Cà Mau",
        district="TP Cà Mau",
        problem="Phường đông cơ quan, trường học nên trật tự phức tạp. " * 20,
        approach=tuple(f"Bước thứ {i} của tuyến đường số {i}" for i in range(1, 40)),
        results=(CaseResult("Lắp 34 mắt camera", 34, "mắt camera"),),
        sources=(
            Source("Mắt thần", "Báo Cà Mau", "https://baocamau.vn/" + "dai-" * 60, "2021-03-09"),
        ),
    ),
    *(
        Case(
            case_id=f"nuoi-vit-{number}",
            name=f"Nuôi vịt chạy đồng tổ {number}",
            field=Field.ECONOMY,
            topics=("chan-nuoi",),
            province=province,
            approach=("Góp vốn mua vịt giống", "Luân phiên chăn vịt qua các thửa ruộng đã gặt"),
            results=(CaseResult(f"Mỗi hộ lãi {number}0 triệu đồng", number * 10, "triệu đồng"),),
            conditions="Gần đồng lúa",
            sources=(Source("Nuôi vịt", "Báo Thử", f"https://vit.example/{number}", "2019"),),
        )
        for number, province in ((1, "Nghệ An"), (2, "Thanh Hóa"))
    ),
    Case(
        case_id="rac-thai-nhua",
        name="Thu gom rác thải nhựa",
        field=Field.CULTURE_SOCIETY,
        topics=("moi-truong",),
        province="Bạc Liêu",
        results=(CaseResult("Thu 12 tấn rác nhựa", 12, "tấn"),),
    ),
)

PAGES = (
    "Ở xóm Đồi có mô hình “Bếp lửa chung” do Chi hội Phụ nữ lập.\n\n",
    "Đến nay bếp đã nấu 480 suất cháo cho người đau ốm.\n\nNăm sau xóm làm thêm một bếp.",
)
REPORT = "".join(PAGES)


def _span(words: str) -> Span:
    return Span(REPORT.index(words), REPORT.index(words) + len(words))


TOLD = ExtractedCase(
    case_id="bao-cao-xom-doi--bep-lua-chung",
    document_id="bao-cao-xom-doi",
    name="Bếp lửa chung",
    mentions=(_span("Bếp lửa chung"),),
    passages=(_span(PAGES[0].strip()),),
    figures=(
        CaseFigure(480, "suất cháo", "", "", "nấu 480 suất cháo", _span("nấu 480 suất cháo"),
                   _span("480")),
    ),
    organization=CaseFact("Chi hội Phụ nữ", _span("Chi hội Phụ nữ"), 0.37),
    province="Sơn La",
    confidence=0.73,
)  # fmt: skip
ARTICLE = Document(
    document_id="bao-cao-xom-doi",
    kind="article",
    title="Báo cáo của xóm Đồi",
    text=REPORT,
    origin="upload:0123456789ab/bao-cao-xom-doi.pdf",
    sha256="0" * 64,
    province="Sơn La",
    locators=(Locator(0, "page", 1), Locator(len(PAGES[0]), "page", 2)),
    evidence=(
        MetadataEvidence("organization", "Chi hội Phụ nữ", 0.9, "leads", "Chi hội Phụ nữ",
                         _span("Chi hội Phụ nữ")),
        MetadataEvidence("created", "2024-06-03", 0.2, "file property", "2024-06-03"),
        MetadataEvidence("notes", "Chữ của trang 2 do máy nhận dạng.", 1.0, "extraction", ""),
    ),
    extracted=(TOLD,),
)  # fmt: skip
