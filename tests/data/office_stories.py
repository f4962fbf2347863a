"""Short reports for `make_office_files.py`: made-up models of real communes, in our own words.

Each tells another story and ends with one sentence that holds a figure found nowhere else.
"""

# ruff: noqa: E501 - sentences stay whole

from typing import NamedTuple


class Story(NamedTuple):
    """A report: title, paragraphs, and the sentence by which it is found again."""

    title: str
    paragraphs: tuple[str, ...]
    figure: str


STORIES: dict[str, Story] = {
    "docx": Story(
        "Mô hình “Hiến đất mở đường ra bến” ở xã Tân Thuận",
        (
            "Đường ra bến Rạch Lùm ở xã Tân Thuận, huyện Đầm Dơi, tỉnh Cà Mau trước đây chỉ rộng hơn "
            "một mét, mùa mưa xe không vào được.",
            "Chi bộ ấp chọn năm gia đình đảng viên làm trước, sau đó mời bà con ra tận nơi đo đất, "
            "thống nhất từng đoạn rồi mới ký biên bản.",
        ),
        "Sau tám tháng, 63 hộ đã hiến 4.815 m² đất và tháo 1.270 m hàng rào để mở đường ra bến.",
    ),
    "docx_tcvn3": Story(
        "Tổ phụ nữ giữ giống lúa ở xã Quảng Lộc",
        (
            "Hội Phụ nữ xã Quảng Lộc, tỉnh Thanh Hóa lập tổ giữ giống từ vụ chiêm năm 2003, khi lúa "
            "giống mua ngoài chợ hay bị lẫn.",
            "Chị em chia nhau chọn bông, phơi riêng từng nong và ghi tên hộ lên bao.",
        ),
        "Vụ đầu tiên tổ để lại được 947 kg thóc giống cho 118 hộ trong xã.",
    ),
    "rtf": Story(
        "Kế hoạch nhân rộng tổ vớt rác trên sông ở phường An Bình",
        (
            "Phường An Bình, thành phố Cần Thơ có ba rạch nhỏ thường nghẹt rác sau mỗi phiên chợ.",
            "Đoàn thanh niên dùng vỏ lãi cũ của ngư dân, mỗi tuần đi hai buổi vào con nước lớn.",
        ),
        "Từ tháng 3, tổ đã vớt được 21,6 tấn rác trên ba rạch và trồng 350 gốc bần giữ bờ.",
    ),
    "rtf_cp1258": Story(
        "Quỹ heo đất của cựu chiến binh xã Bình Minh",
        (
            "Hội Cựu chiến binh xã Bình Minh, tỉnh Ninh Bình đặt ở mỗi chi hội một con heo đất.",
            "Cuối năm các chi hội đập heo cùng lúc, giao tiền cho đồng đội đau yếu mượn không lấy lãi.",
        ),
        "Năm 2010, quỹ cho 37 đồng đội mượn tổng cộng 182 triệu đồng.",
    ),
    "pdf": Story(
        "Câu lạc bộ đọc sách dưới gốc đa xã Ea Kpam",
        (
            "Xã Ea Kpam, tỉnh Đắk Lắk nhờ già làng ba buôn cho mượn nhà dài làm chỗ đọc sách buổi tối.",
            "Mỗi buôn cử hai thanh niên biết cả tiếng Ê Đê và tiếng phổ thông đọc cho các em nghe.",
        ),
        "Kết thúc năm học, 164 em đã mượn 2.391 lượt sách, không em nào bỏ học giữa chừng.",
    ),
    "scan": Story(
        "Bể nước chung của bản Nà Tấu",
        ("Bản Nà Tấu, tỉnh Điện Biên góp công đào bể nước chung ở đầu bản.",),
        "Cả bản góp 528 ngày công và 96 bao xi măng.",
    ),
    "pptx": Story(
        "Trồng sen thay lúa ở xã Mỹ Hòa",
        (
            "Cánh đồng trũng của xã Mỹ Hòa, tỉnh Đồng Tháp mỗi năm chỉ làm được một vụ lúa.",
            "Hội Nông dân mời hợp tác xã bao tiêu trước khi xuống giống, để bà con yên tâm.",
        ),
        "Sau hai năm, 54 hộ chuyển 71,5 ha lúa sang sen, lãi gấp 2,3 lần.",
    ),
    "txt_utf8": Story(
        "Ghi chép về tiếng kẻng học bài ở xã Nghi Hương",
        (
            "Đúng bảy giờ tối, ông trưởng xóm ở xã Nghi Hương, tỉnh Nghệ An gõ ba hồi kẻng, nhà nào "
            "cũng vặn nhỏ ti vi cho con học.",
            "Ban đầu có người bảo phiền, nhưng các bà mẹ ủng hộ nên kẻng được giữ tới nay.",
        ),
        "Sau 14 tháng, số học sinh khá giỏi của xóm tăng từ 43 lên 89 em.",
    ),
    "txt_utf16": Story(
        "Nhóm đan lưới tại nhà ở xã Bảo Ninh",
        (
            "Phụ nữ xã Bảo Ninh, tỉnh Quảng Bình thường rảnh tay khi thuyền đi biển dài ngày.",
            "Hội Phụ nữ đứng ra nhận lưới của các chủ tàu về chia cho từng nhà đan, trả công theo tấm.",
        ),
        "Nay có 76 chị đan được 1.905 tấm lưới một năm ngay tại nhà.",
    ),
    "txt_tcvn3": Story(
        "Đội dân quân giúp dân gặt chạy bão",
        (
            "Mỗi khi có tin bão, đội dân quân xã Giao Thiện, tỉnh Nam Định chia về từng xóm gặt giúp "
            "các nhà neo người.",
            "Nhà có máy cho mượn máy, nhà không có thì nấu cơm, đội không nhận tiền công.",
        ),
        "Trong mùa bão năm 1999, đội đã gặt giúp 212 hộ được 87 mẫu lúa.",
    ),
    "txt_vni": Story(
        "Tủ thuốc xóm đạo ở xã Gia Kiệm",
        (
            "Giáo xứ và trạm y tế xã Gia Kiệm, tỉnh Đồng Nai cùng đặt một tủ thuốc ở nhà giữ xe.",
            "Hai nữ tu biết nghề y thay nhau trực, thuốc do các tiệm trong vùng góp.",
        ),
        "Tủ thuốc đã giúp 1.463 lượt người nghèo, trong đó có 305 trẻ nhỏ.",
    ),
    "txt_viscii": Story(
        "Lớp dạy nghề mộc cho thanh niên chậm tiến",
        (
            "Công an phường Thuận Thành, thành phố Huế gửi mười thanh niên hay quậy phá đến học nghề "
            "ở các xưởng mộc trong phường.",
            "Chủ xưởng nhận dạy không lấy tiền, phường lo cơm trưa và đến thăm hằng tuần.",
        ),
        "Đến cuối khóa có 8 người ra nghề, làm được 134 bộ bàn ghế cho trường học.",
    ),
    "txt_mojibake": Story(
        "Bữa sáng ấm cho học sinh vùng cao",
        (
            "Giáo viên xã Phình Giàng, tỉnh Điện Biên góp gạo nấu cháo cho học sinh đi bộ từ sáng sớm.",
            "Phụ huynh thay phiên chẻ củi, bộ đội biên phòng góp rau và trứng.",
        ),
        "Mỗi sáng bếp nấu 279 suất cháo, cả năm hết 6.840 kg gạo.",
    ),
    "txt_nfd": Story(
        "Hàng rào cây xanh ở thôn Phú Lễ",
        (
            "Thôn Phú Lễ, tỉnh Thừa Thiên Huế thay tường gạch bằng hàng chè tàu cắt phẳng.",
            "Hội người cao tuổi dạy con cháu cách ươm và tỉa, mỗi tháng chấm điểm một lần.",
        ),
        "Cả thôn đã trồng 5.730 m hàng rào xanh trước 147 ngôi nhà.",
    ),
    "html": Story(
        "Chợ phiên không túi ni lông ở xã Sa Pả",
        (
            "Sáng thứ bảy ở chợ phiên xã Sa Pả, tỉnh Lào Cai, người bán rau gói hàng bằng lá dong.",
            "Mặt trận xã vận động từng sạp ký cam kết, ai quên thì được nhắc và cho mượn giỏ tre.",
            "Khách du lịch cũng thích vì có thể mang chiếc giỏ về làm kỷ niệm sau chuyến đi.",
        ),
        "Qua nửa năm, 188 sạp hàng bỏ túi ni lông, bớt được 3,4 tấn rác nhựa.",
    ),
    "html_cp1258": Story(
        "Xóm chài lên bờ ở phường Phú Hậu",
        (
            "Nhiều đời sống trên sông, bà con vạn đò phường Phú Hậu, thành phố Huế ngại lên bờ.",
            "Cán bộ dân vận xuống từng đò ăn cơm chung, giúp làm giấy khai sinh cho trẻ trước.",
            "Đến khi nhà mới cất xong, chính những người từng từ chối lại đi rủ hàng xóm cùng lên.",
        ),
        "Đến nay 231 gia đình vạn đò đã lên bờ, 402 trẻ được đến trường.",
    ),
    "md_article": Story(
        "Tổ xe ôm tự quản ở bến xe Ngã Bảy",
        (
            "Bến xe Ngã Bảy, tỉnh Hậu Giang từng có cảnh giành khách, mất trật tự.",
            "Công đoàn lập tổ xe ôm, phát áo có số và chia lượt chở theo thứ tự ghi bảng.",
        ),
        "Tổ có 45 người, hai năm qua báo cho công an 29 vụ việc đáng ngờ.",
    ),
    "eml": Story(
        "Nhờ góp ý mô hình vườn rau đồn biên phòng",
        (
            "Kính gửi các anh chị, đồn biên phòng xã Ngư Thủy, tỉnh Quảng Bình xin gửi tóm tắt.",
            "Bộ đội làm đất cát thành luống, đưa giống cho bà con trồng theo rồi cùng bán ở chợ xã.",
        ),
        "Vườn mẫu rộng 2.150 m², đã có 33 hộ làm theo và bán 9,7 tấn rau.",
    ),
    "eml_attachment": Story(
        "Phụ lục: nuôi vịt trời ở xã Thạch Hạ",
        (
            "Anh em cựu thanh niên xung phong xã Thạch Hạ, tỉnh Hà Tĩnh chung vốn nuôi vịt trời.",
            "Trứng bán cho quán trong thành phố, lông vịt giao cho tổ làm chổi của người khuyết tật.",
        ),
        "Đàn vịt 3.260 con, mỗi người góp vốn lãi 41 triệu đồng.",
    ),
    "zip_member": Story(
        "Nhà sàn cộng đồng ở xã Chiềng Yên",
        (
            "Xã Chiềng Yên, tỉnh Sơn La dựng lại nhà sàn cũ làm nơi đón khách và dạy hát dân ca.",
            "Mỗi hộ góp một cây cột, ai không có gỗ thì góp công lợp mái.",
        ),
        "Nhà sàn có 38 cây cột, năm đầu đón 1.716 lượt khách.",
    ),
    "zip_nested": Story(
        "Trạm bơm góp ngày công ở xã Phước Thuận",
        (
            "Xã Phước Thuận, tỉnh Ninh Thuận hạn nặng nên dân góp công đào kênh về trạm bơm.",
            "Ban quản lý do dân bầu công khai từng ca chạy máy lên bảng ở đình làng.",
        ),
        "Kênh dài 2.480 m tưới cho 93,4 ha nho và táo.",
    ),
    "odt": Story(
        "Đưa văn nghệ vào tuyên truyền ở xã Long Hiệp",
        (
            "Xã Long Hiệp, tỉnh Trà Vinh có đội chầm riêng chà pây hát bằng tiếng Khmer.",
            "Cán bộ nhờ các nghệ nhân soạn lời mới về bảo hiểm y tế, hát trong lễ hội của phum sóc.",
        ),
        "Sau 26 buổi diễn, 517 người Khmer tự mua thẻ bảo hiểm y tế.",
    ),
    "docx_as_doc": Story(
        "Mô hình “Mỗi tuần một giờ giúp dân làm giấy tờ”",
        (
            "Chiều thứ sáu, công chức phường Thanh Khê, thành phố Đà Nẵng đến tận kiệt giúp người già "
            "nộp hồ sơ trên điện thoại.",
            "Tổ công nghệ số cộng đồng đi trước một ngày để hỏi xem nhà nào đang cần.",
        ),
        "Trong quý đầu, tổ giúp 643 người nộp 871 hồ sơ trực tuyến.",
    ),
    "rtf_as_doc": Story(
        "Ngõ không tiếng còi ở phường Trần Phú",
        (
            "Phường Trần Phú, tỉnh Hà Giang vận động người đi xe máy tắt máy dắt bộ qua ngõ trường mầm "
            "non vào giờ ngủ trưa.",
            "Học sinh tiểu học vẽ biển nhắc, tổ dân phố treo ở hai đầu ngõ.",
        ),
        "Ngõ dài 410 m, qua khảo sát 92,5% người đi đường làm theo.",
    ),
}
