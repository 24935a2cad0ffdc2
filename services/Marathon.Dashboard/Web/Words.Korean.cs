namespace Marathon.Dashboard.Web;

internal sealed partial record Words
{
    private static readonly Words Korean = new()
    {
        TryAgain = "지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.",
        Missing = "필수 항목입니다",
        PhoneNo = "전화번호",
        PhoneNoHint = "예: 010-1234-5678",
        NoPhoneNo = "전화번호 형식이 아닙니다. 010-1234-5678처럼 적어 주세요",
        Number = "접수번호",

        Mine = "내 접수",
        NotOpenedHere = "이 브라우저에서 열어 본 적이 없는 접수입니다",
        NotOpenedHereWhy = "본인 확인을 위해 아래 방법 중 하나로 열어 주세요.",
        LinkSent = "문자를 확인해 주세요",
        LinkSentWhat = "이 번호로 접수한 내역이 있으면 링크를 문자로 보냈습니다. 링크는 30분 동안 한 번 쓸 수 있습니다.",
        OpenedHere = "이 브라우저에서 연 접수",
        Forget = "이 브라우저에서 모두 닫기",
        ByPhone = "문자로 링크 받기",
        ByPhoneHow = "접수할 때 적은 전화번호로 접수 내역을 여는 링크를 보내 드립니다.",
        SendLink = "링크 보내기",
        ByKey = "접수번호로 열기",
        ByKeyHow = "다른 프로그램으로 접수해 접근 키를 가지고 있을 때 사용합니다.",
        NumberHint = "예: M-7K3F-9QX2",
        AccessKey = "접근 키",
        OpenRegistration = "접수 내역 열기",
        WrongKey = "이 접수번호와 접근 키로는 아무것도 찾을 수 없습니다",
    };
}
