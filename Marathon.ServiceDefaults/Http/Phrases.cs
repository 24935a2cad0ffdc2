using System.Globalization;

namespace Marathon.ServiceDefaults.Http;

/// <summary>
/// What problems say, in Korean. The code says it in English, with values where they stand; an answer in Korean is looked up by that when it leaves. What is
/// not in here stays English.
/// </summary>
internal static class Phrases
{
    public static readonly IReadOnlyDictionary<string, string> Korean = new Dictionary<string, string>
    {
        ["Some fields are wrong. Correct them and send the request again."] = "잘못된 항목이 있습니다. 고쳐서 다시 보내 주세요.",
        ["There is nothing here under this number and key."] = "이 접수번호와 접근 키로는 아무것도 찾을 수 없습니다.",
        ["There is no registration with this number."] = "이 접수번호로 접수한 내역이 없습니다.",
        ["The read model was never rebuilt."] = "화면 데이터를 다시 만든 적이 없습니다.",
        ["There is no such race."] = "없는 대회입니다.",
        ["The body is empty. Send the registration as JSON."] = "본문이 비어 있습니다. 신청 내용을 JSON으로 보내 주세요.",
        ["The body is empty. Send what is to be changed as JSON."] = "본문이 비어 있습니다. 바꿀 내용을 JSON으로 보내 주세요.",
        ["The body is empty. Send the race as JSON."] = "본문이 비어 있습니다. 대회를 JSON으로 보내 주세요.",
        ["The body is not valid JSON."] = "본문이 올바른 JSON이 아닙니다.",
        ["The request could not be read: {0}"] = "요청을 읽을 수 없습니다: {0}",
        ["No charge was ever asked for a registration of this number or id."] = "이 접수번호나 ID로 결제를 요청한 적이 없습니다.",
        ["There is no dead letter with this id: it was applied meanwhile, or never was."] = "이 ID의 실패한 이벤트가 없습니다. 그사이 처리되었거나 처음부터 없었습니다.",
        ["The service cannot answer right now. Try again in a few seconds."] = "지금은 응답할 수 없습니다. 몇 초 뒤에 다시 시도해 주세요.",
        ["Something went wrong on our side. Nothing is lost: the same request may be sent again."] = "문제가 생겼습니다. 잃어버린 것은 없으니 같은 요청을 다시 보내도 됩니다.",

        ["{0} does not answer just now. Send the same request again in a moment."] = "{0} 서비스가 지금 응답하지 않습니다. 잠시 뒤 같은 요청을 다시 보내 주세요.",
        ["The body is larger than {0} KiB."] = "본문이 {0} KiB를 넘습니다.",
        ["Send the body as application/json in UTF-8."] = "본문을 UTF-8 application/json으로 보내 주세요.",
        ["There is no service {0}."] = "{0}(이)라는 서비스는 없습니다.",

        ["The race is {0}. What can be done: {1}."] = "대회 상태가 {0}입니다. 할 수 있는 일: {1}.",
        ["The race is {0}. Nothing can be done to it any more."] = "대회 상태가 {0}이어서 더 할 수 있는 일이 없습니다.",
        ["Registration ended at {0:yyyy-MM-ddTHH:mm:ssZ}. Change closesAt first."] = "접수가 {0:yyyy-MM-ddTHH:mm:ssZ}에 끝났습니다. 먼저 closesAt을 바꿔 주세요.",
        ["{0} hold a place or are registered. They stay so if the race is suspended with force=true, but nobody else can register."] = "자리를 확보했거나 접수한 사람이 {0}명 있습니다. force=true로 멈추면 이 사람들은 그대로 남고, 새로 접수할 수는 없습니다.",
        ["{0} places of {1} are taken; its capacity cannot be less."] = "이미 {0}자리가 찬 부문({1})이라 정원을 그보다 줄일 수 없습니다.",
        ["{0} hold a place or are registered and were promised more back. The policy can only be made more generous; on an earlier day, the race needs tiers of fewer days; on a later one, what was promised before it was moved counts again."] = "더 많은 환불을 약속받고 자리를 확보했거나 접수한 사람이 {0}명 있습니다. 환불 규정은 더 유리하게만 바꿀 수 있습니다. 대회를 앞당기려면 구간의 일수도 줄여야 하고, 뒤로 미루면 날짜를 옮기기 전에 약속한 환불이 다시 적용됩니다.",
        ["{0} hold a place or are registered, and the same person may be there twice. It can be changed when nobody is."] = "자리를 확보했거나 접수한 사람이 {0}명 있고, 같은 사람이 두 번 있을 수 있습니다. 아무도 없을 때 바꿀 수 있습니다.",
        ["It was tried and failed again. Mend the cause and replay it, or drop it. {0}"] = "다시 처리했지만 또 실패했습니다. 원인을 고친 뒤 다시 처리하거나 버려 주세요. {0}",
        ["That can be done only with an event that failed. One that waits is applied as soon as the event before it has come, which its teller is asked for; one that is malformed can only be dropped."] = "실패한 이벤트에만 할 수 있는 일입니다. 기다리는 이벤트는 앞 이벤트가 오는 대로 처리되며, 보낸 서비스에 다시 요청합니다. 형식이 잘못된 이벤트는 버릴 수만 있습니다.",

        ["This runner has been checked in before."] = "이미 체크인한 참가자입니다.",
        ["This registration is not paid for yet."] = "아직 결제가 끝나지 않은 신청입니다.",
        ["This registration has ended: it has no place in the race any more."] = "취소되었거나 끝난 신청이라 참가 자리가 없습니다.",
        ["Something has changed since you looked: what would come back is not what you saw. Look at it again."] = "보신 뒤로 달라진 것이 있어 돌려줄 금액이 보신 것과 다릅니다. 다시 확인해 주세요.",
        ["The registration stands, but has not come onto the roll yet. Try again in a few seconds."] = "유효한 신청이지만 아직 명단에 오르지 않았습니다. 몇 초 뒤에 다시 시도해 주세요.",
        ["It cannot be asked right now whether the registration still stands, so nobody was checked in. Try again in a few seconds."] = "지금은 신청이 유효한지 확인할 수 없어 체크인하지 않았습니다. 몇 초 뒤에 다시 시도해 주세요.",
        ["There is nobody on a roll with this number."] = "이 접수번호는 참가자 명단에 없습니다.",
        ["There is no kit for this number."] = "이 접수번호의 기념품이 없습니다.",
        ["There is no such order."] = "없는 발주입니다.",
        ["There is no such message."] = "없는 메시지입니다.",
        ["There is no parcel with this number."] = "이 송장번호의 택배가 없습니다.",
        ["What there is and what is on order is enough."] = "재고와 발주한 수량으로 충분합니다.",
        ["This cannot be done to the kit any more, or not yet: deliveryStatus says where it is."] = "지금은 이 기념품에 할 수 없는 일입니다. 현재 상태는 deliveryStatus에 있습니다.",
        ["This cannot be done to the order any more, or not yet: procurementStatus says where it is."] = "지금은 이 발주에 할 수 없는 일입니다. 현재 상태는 procurementStatus에 있습니다.",
        ["There are not so many free pieces: free says how many there are."] = "남은 수량이 모자랍니다. 남은 수량은 free에 있습니다.",
        ["This Idempotency-Key was used for another request. Use a new key."] = "이미 다른 요청에 사용된 Idempotency-Key입니다. 새 키를 사용해 주세요.",
        ["The signature is missing, wrong or too old."] = "서명이 없거나, 틀리거나, 오래되었습니다.",
        ["The body is empty. Send the note as JSON."] = "본문이 비어 있습니다. 메모를 JSON으로 보내 주세요.",
        ["The body is empty. Send the movement as JSON."] = "본문이 비어 있습니다. 입출고 내용을 JSON으로 보내 주세요.",
        ["The body is empty. Send the order as JSON."] = "본문이 비어 있습니다. 발주 내용을 JSON으로 보내 주세요.",
        ["The body is empty. Send the supplier's terms as JSON."] = "본문이 비어 있습니다. 공급 조건을 JSON으로 보내 주세요.",
        ["The body is empty. Send what was found as JSON."] = "본문이 비어 있습니다. 검수 결과를 JSON으로 보내 주세요.",

        ["has the wrong type"] = "형식이 맞지 않습니다",
        ["is required"] = "필수 항목입니다",
        ["is required, with at most {0} characters"] = "필수 항목이고, {0}자를 넘을 수 없습니다",
        ["is required, with at most {0} printable ASCII characters"] = "필수 항목이고, 출력 가능한 ASCII 문자 {0}자를 넘을 수 없습니다",
        ["is longer than {0} characters"] = "{0}자를 넘을 수 없습니다",
        ["contains control characters"] = "제어 문자를 쓸 수 없습니다",
        ["must be 1 to {0} printable ASCII characters"] = "출력 가능한 ASCII 문자 1~{0}자여야 합니다",
        ["must be 1 to {0} characters"] = "1~{0}자여야 합니다",
        ["must be one of {0}"] = "다음 중 하나여야 합니다: {0}",
        ["must be from {0} to {1}"] = "{0}부터 {1}까지여야 합니다",
        ["must not be more than {0}"] = "{0}개를 넘을 수 없습니다",
        ["must not be after until"] = "until보다 뒤일 수 없습니다",
        ["must be from 1 on, and page × size at most {0}: narrow the list"] = "1 이상이어야 하고 page × size가 {0}을(를) 넘을 수 없습니다. 조건을 좁혀 주세요",
        ["is there twice"] = "두 번 있습니다",
        ["must be 1 to {0}"] = "1개부터 {0}개까지여야 합니다",
        ["must be 1 to {0} registrations' numbers, or raceId must be given instead"] = "접수번호 1~{0}개여야 합니다. 아니면 raceId를 보내 주세요",
        ["must be given, or basis instead"] = "이 항목이나 basis 가운데 하나를 보내 주세요",
        ["must be different: {0} {1} is there twice"] = "서로 달라야 합니다. 두 번 있는 항목: {0} {1}",
        ["must name the columns number, carrier and trackingNumber"] = "number, carrier, trackingNumber 열 이름이 있어야 합니다",
        ["is no line of this order"] = "이 발주에 없는 항목입니다",
        ["must not be more than were ordered, {0}"] = "발주한 수량({0}개)을 넘을 수 없습니다",
        ["must be all lines of the order: {0} {1} is missing"] = "발주의 모든 항목이 있어야 합니다. 빠진 항목: {0} {1}",
        ["is not on the race's chart"] = "이 대회의 사이즈표에 없습니다",
        ["cannot be read: a quote is in the wrong place"] = "읽을 수 없습니다. 따옴표가 잘못되었습니다",
        ["must be a phone number"] = "전화번호여야 합니다",
        ["must be three capital letters"] = "영문 대문자 세 글자여야 합니다",

        ["is not a phone number: write it like 010-1234-5678"] = "전화번호 형식이 아닙니다. 010-1234-5678처럼 적어 주세요",
        ["must be the fee, {0} {1}"] = "참가비와 같아야 합니다: {0} {1}",
        ["is no race that we know; GET /races lists them"] = "없는 대회입니다. GET /races에서 목록을 볼 수 있습니다",
        ["is required: this race has several divisions"] = "필수 항목입니다. 이 대회에는 부문이 여럿 있습니다",
        ["is no division of this race"] = "이 대회의 부문이 아닙니다",
        ["cannot be changed: a place is not handed on"] = "바꿀 수 없습니다. 참가 자리는 다른 사람에게 넘길 수 없습니다",

        ["must be the three letters of ISO 4217, like KRW"] = "KRW처럼 ISO 4217의 영문 대문자 세 글자여야 합니다",
        ["cannot be changed: schedule another race"] = "바꿀 수 없습니다. 대회를 새로 만들어 주세요",
        ["cannot be changed: the race has been opened"] = "바꿀 수 없습니다. 이미 접수를 시작한 대회입니다",
        ["cannot be changed: the race is closed"] = "바꿀 수 없습니다. 접수가 끝난 대회입니다",
        ["must be between 2000 and 2200"] = "2000년과 2200년 사이여야 합니다",
        ["must not be before 2000"] = "2000년보다 앞설 수 없습니다",
        ["must be in the future"] = "앞으로 올 시각이어야 합니다",
        ["must be after opensAt"] = "opensAt보다 뒤여야 합니다",
        ["must be before closesAt"] = "closesAt보다 앞서야 합니다",
        ["must not be after {0}"] = "{0}년보다 늦을 수 없습니다",
        ["must not be before the race's day"] = "대회일보다 앞설 수 없습니다",
        ["must not be after the end of the race's day in Korea, {0:yyyy-MM-ddTHH:mm:ssZ}"] = "한국 시각으로 대회일이 끝나는 때({0:yyyy-MM-ddTHH:mm:ssZ})보다 뒤일 수 없습니다",
        ["must be at least one"] = "하나 이상이어야 합니다",
        ["must have different names: {0} is there twice"] = "이름이 서로 달라야 합니다. 두 번 있는 이름: {0}",
        ["must be from 1 to {0} sizes"] = "사이즈는 1개부터 {0}개까지여야 합니다",
        ["must be different sizes"] = "서로 다른 사이즈여야 합니다",
    };

    /// <summary>In a language of <see cref="Languages"/>.</summary>
    public static string In(string language, FormattableString english) => language == Languages.Korean && Korean.TryGetValue(english.Format, out var korean)
        ? string.Format(CultureInfo.InvariantCulture, korean, english.GetArguments())
        : FormattableString.Invariant(english);

    /// <summary>The same, of a text without values.</summary>
    public static string In(string language, string english) => language == Languages.Korean ? Korean.GetValueOrDefault(english, english) : english;
}

/// <summary>What is wrong with each field: in English, until it is known who asks.</summary>
internal sealed class FieldErrors : Dictionary<string, string>
{
    private readonly IReadOnlyDictionary<string, FormattableString> errors;

    public FieldErrors(IReadOnlyDictionary<string, FormattableString> errors)
    {
        this.errors = errors;
        foreach (var (field, what) in errors) Add(field, FormattableString.Invariant(what));
    }

    public Dictionary<string, string> In(string language) => errors.ToDictionary(error => error.Key, error => Phrases.In(language, error.Value));
}
