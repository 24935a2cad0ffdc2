using System.Globalization;
using Marathon.Gateway.Access;

namespace Marathon.Gateway.Desks;

/// <summary>What the console says, each text in both languages beside one another.</summary>
public sealed class Words(bool isKorean)
{
    public bool IsKorean => isKorean;

    private string Of(string korean, string english) => isKorean ? korean : english;

    // The console
    public string Console => Of("운영 콘솔", "Console");
    public string Overview => Of("현황", "Overview");
    public string Races => Of("대회", "Races");
    public string Registrations => Of("접수", "Registrations");
    public string Roll => Of("명단", "Roll");
    public string Kits => Of("기념품", "Kits");
    public string Stock => Of("재고", "Stock");
    public string Orders => Of("발주", "Orders");
    public string Payments => Of("결제", "Payments");
    public string Events => Of("이벤트", "Events");
    public string Audit => Of("감사 기록", "Audit");

    // Logging in
    public string LogIn => Of("로그인", "Log in");
    public string LogInTitle => Of("운영 콘솔 로그인", "Log in to the console");
    public string LogInLead => Of("주최자, 현장 요원, 감사자를 위한 페이지입니다.", "For organisers, crew and auditors.");
    public string LogOut => Of("로그아웃", "Log out");
    public string Account => Of("계정", "Account");
    public string Password => Of("비밀번호", "Password");
    public string Missing => Of("입력해 주세요", "is required");
    public string WrongLogin => Of("계정이나 비밀번호가 맞지 않습니다", "Account or password is wrong");
    public string TooManyAttempts(string seconds) => Of($"로그인을 너무 많이 시도했습니다. {seconds}초 뒤에 다시 시도해 주세요.", $"Too many attempts. Try again in {seconds} seconds.");
    public string LogInLater => Of("지금은 로그인할 수 없습니다. 잠시 후 다시 시도해 주세요.", "Nobody can log in just now. Try again in a moment.");
    internal string Role(Callers role) => Role(role.Name());

    /// <summary>Also of those who have no account.</summary>
    public string Role(string? role) => role switch
    {
        "organiser" => Of("주최자", "organiser"),
        "crew" => Of("현장 요원", "crew"),
        "auditor" => Of("감사자", "auditor"),
        "runner" => Of("참가자", "runner"),
        _ => role ?? "",
    };

    // Everywhere
    public string Search => Of("찾기", "Search");
    public string Filter => Of("보기", "Show");
    public string All => Of("모두", "All");
    public string Race => Of("대회", "Race");
    public string Status => Of("상태", "Status");
    public string Number => Of("접수번호", "Number");
    public string Name => Of("이름", "Name");
    public string PhoneNo => Of("전화번호", "Phone number");
    public string Division => Of("부문", "Division");
    public string Bib => Of("배번", "Bib");
    public string Address => Of("주소", "Address");
    public string Sizes => Of("사이즈", "Sizes");
    public string Size => Of("사이즈", "Size");
    public string Item => Of("품목", "Item");
    public string Quantity => Of("수량", "Quantity");
    public string Note => Of("메모", "Note");
    public string Since => Of("변경 시각", "Since");
    public string At => Of("시각", "Time");
    public string Actions => Of("할 일", "Actions");
    public string Save => Of("저장", "Save");
    public string Cancel => Of("그만두기", "Go back");
    public string Nothing => Of("해당하는 항목이 없습니다.", "There is nothing here.");
    public string Newer => Of("이전", "Previous");
    public string Older => Of("다음", "Next");
    public string PageOf(long page, long pages, string total) => pages == 1 ? Of($"{total}건", $"{total} in all") : Of($"{total}건 · {pages}쪽 중 {page}쪽", $"{total} in all · page {page} of {pages}");
    public string Pages => Of("쪽 이동", "Pages");
    public string HaveChanged => Of("{count}건이 바뀌었습니다. 새로 보기", "{count} changed: show");
    public string Why => Of("사유", "Reason");
    public string Attempts => Of("시도", "Attempts");
    public string AtMost(long count) => Of($"가장 많을 때 {count:N0}명", $"{count:N0} at most");
    public string Pieces(long count) => Of($"{count:N0}개", $"{count:N0}");
    public string NotAnswering(string service) => Of($"지금은 {ServiceName(service)} 쪽 정보를 볼 수 없습니다", $"{ServiceName(service)} does not answer just now");
    public string NotAnsweringWhat => Of("나머지는 그대로 볼 수 있습니다. 잠시 후 다시 열어 주세요.", "Everything else is here. Open the page again in a moment.");
    public string NotDone => Of("처리하지 못했습니다", "This was not done");
    public string NotDoneLater => Of("잠시 후 같은 버튼을 다시 눌러 주세요. 두 번 처리되지 않습니다.", "Press the same button again in a moment. It is not done twice.");
    public string NotAllowed => Of("이 계정의 역할로는 할 수 없는 일입니다.", "Your account's role does not allow this.");
    public string ServiceName(string service) => service switch
    {
        "registration" => Of("접수", "Registration"),
        "payment" => Of("결제", "Payment"),
        "fulfilment" => Of("명단·기념품", "Fulfilment"),
        "notification" => Of("문자", "Notification"),
        "dashboard" => Of("조회", "The read side"),
        _ => service,
    };

    public string StandsAt(string state) => Of($"지금 상태({state})에서는 할 수 없는 일입니다. 그사이 바뀌었을 수 있습니다.", $"That cannot be done now: it is {state}. It may have changed meanwhile.");
    public string ClosingTimePassed(string instant) => Of($"접수가 {instant}에 끝났습니다. 먼저 {Quoted(ClosesAt)}을 바꿔 주세요.", $"Registration ended on {instant}. Change {Quoted(ClosesAt)} first.");
    public string OnlyFree(long pieces) => Of($"남은 수량은 {pieces:N0}개뿐입니다.", $"Only {pieces:N0} are free.");
    public string TooMuch => Of("한 번에 보내기에는 너무 큽니다. 나누어 보내 주세요.", "That is too much at once. Send it in parts.");
    public string TakenBefore => Of("이 양식은 다른 내용으로 이미 처리했습니다. 페이지를 새로 열어 확인하고 다시 보내 주세요.", "This form was taken before, with something else in it. Open the page anew, look, and send it again.");
    public string NoneChosen => Of("고른 기념품이 없습니다. 표에서 발송할 것을 먼저 골라 주세요.", "No kit is chosen. Choose in the table those that are to be dispatched.");
    public string Quoted(string text) => $"“{text}”";

    /// <summary>What a field of a call is named where it is filled in.</summary>
    public string Field(string field) => field switch
    {
        "raceId" => Race,
        "divisionId" => Division,
        "opensAt" => OpensAt,
        "closesAt" => ClosesAt,
        "number" => Number,
        "trackingNumber" => TrackingNumber,
        "status" or "state" => Status,
        "payStatus" => PayStatus,
        "deliveryStatus" => KitStatus,
        "kitSize" or "size" => Size,
        "q" => Search,
        "note" => Note,
        _ when field.Split(' ', 2) is ["line", var line] => Of(line.Split(", ", 2) is [var at, var column] ? $"{at}번째 줄 {column}" : $"{line}번째 줄", field),
        _ => field,
    };

    /// <summary>What a form has done.</summary>
    public string? Done(string? what) => what switch
    {
        "saved" => Of("저장했습니다.", "Saved."),
        "open" => Of("대회 접수를 열었습니다.", "The race is open."),
        "suspend" => Of("접수를 잠시 멈췄습니다.", "Registration is suspended."),
        "resume" => Of("접수를 다시 받습니다.", "The race takes registrations again."),
        "close" => Of("접수를 마감했습니다.", "The race is closed."),
        "check-in" => Of("체크인했습니다.", "Checked in."),
        "dispatch" => Of("발송했습니다.", "Dispatched."),
        "delivered" => Of("배송 완료로 기록했습니다.", "Noted as delivered."),
        "picked-up" => Of("기념품을 건넸습니다.", "Handed out."),
        "returned" => Of("반송으로 기록했습니다.", "Noted as returned."),
        "moved" => Of("원장에 적었습니다.", "Written into the ledger."),
        "ordered" => Of("발주를 요청했습니다.", "Requested."),
        "accept" => Of("업체의 수락을 기록했습니다.", "The supplier's terms are noted."),
        "ship" => Of("출고를 기록했습니다.", "Noted as shipped."),
        "inspect" => Of("검수를 기록했습니다. 합격한 수량은 바로 재고가 됩니다.", "The inspection is noted; what passed is in stock."),
        "cancel" => Of("발주를 취소했습니다.", "The order is cancelled."),
        "replay" => Of("다시 처리했습니다.", "Replayed."),
        "drop" => Of("버렸습니다.", "Dropped."),
        "cancelled" => Of("접수를 취소했습니다. 몇 초 안에 결제와 기념품에도 반영됩니다. 결제까지 끝난 참가자에게는 문자가 갑니다.", "Cancelled. In a few seconds payment and kit follow. A runner who had paid is told by SMS."),
        "erased" => Of("개인정보를 지웠습니다. 몇 초 안에 모든 서비스에서 사라집니다.", "Erased. In a few seconds it is gone from every service."),
        "rebuild" => Of("조회 화면을 다시 만들기 시작했습니다.", "The read side is being made anew."),
        "rebuild-cancel" => Of("다시 만들기를 그만뒀습니다. 지금 화면이 그대로 유지됩니다.", "Given up. What was shown stays as it is."),
        _ when what?.Split('-') is ["dispatched", var count] && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var kits) => DispatchedCount(kits),
        _ => null,
    };

    // Overview
    public string AllRaces => Of("모든 대회", "All races");
    public string Places => Of("정원", "Places");
    public string PlacesOf(long registered, long capacity) => Of($"정원 {capacity:N0}명 중 {registered:N0}명 접수", $"{registered:N0} of {capacity:N0} places taken");
    public string Left(long remaining) => Of($"남은 자리 {remaining:N0}", $"{remaining:N0} left");
    public string Registered => Of("접수 완료", "Registered");
    public string CheckedIn => Of("체크인", "Checked in");
    public string Paid => Of("결제 받은 금액", "Paid");
    public string RefundDue => Of("환불할 금액", "To be refunded");
    public string Refunded => Of("환불한 금액", "Refunded");
    public string Kept => Of("남은 금액", "Kept");
    public string RegistrationsByStatus => Of("접수 상태", "Registrations by status");
    public string KitsByStatus => Of("기념품 상태", "Kits by status");
    public string MessagesByStatus => Of("문자 상태", "Messages by status");
    public string OverTime => Of("시간별 접수", "Registrations over time");
    public string OverTimeAlt(long total, string first, string last, long most) => Of(
        $"{first}부터 {last}까지 {total:N0}명이 접수했고, 한 구간에 가장 많을 때 {most:N0}명이었습니다.", $"{total:N0} registered from {first} to {last}, at most {most:N0} in one interval.");
    public string Each(int seconds) => seconds switch
    {
        60 => Of("1분마다", "each minute"),
        < 3600 => Of($"{seconds / 60}분마다", $"each {seconds / 60} minutes"),
        3600 => Of("1시간마다", "each hour"),
        < 86_400 => Of($"{seconds / 3600}시간마다", $"each {seconds / 3600} hours"),
        86_400 => Of("하루마다", "each day"),
        _ => Of($"{seconds / 86_400}일마다", $"each {seconds / 86_400} days"),
    };
    public string SizesAgainstStock => Of("사이즈별 필요와 재고", "Sizes against stock");
    public string Wanted => Of("필요", "wanted");
    public string There => Of("입고", "received");
    public string Lacking(long pieces) => Of($"{pieces:N0}개 부족", $"{pieces:N0} short");
    public string Enough => Of("충분", "enough");
    public string AsOf(string instant) => Of($"{instant} 기준", $"as of {instant}");
    public string Late(TimeSpan by) => Of($"이 숫자는 {Lasting(by)} 늦습니다", $"These figures are {Lasting(by)} late");
    public string LateWhat(string since, long events) => Of($"{since}부터 일어난 일 가운데 이벤트 {events:N0}건쯤이 아직 오지 않았을 수 있습니다. 오는 대로 바뀝니다.", $"Of what has happened since {since}, some {events:N0} {(events == 1 ? "event" : "events")} may not have arrived here yet. The figures change as they come.");
    public string LateWhere => Of("어디에서 늦는지 보기", "See where");
    private string Lasting(TimeSpan time) => time.TotalMinutes < 2 ? Of($"{time.TotalSeconds:N0}초", $"{time.TotalSeconds:N0} s")
        : time.TotalHours < 2 ? Of($"{time.TotalMinutes:N0}분", $"{time.TotalMinutes:N0} min") : Of($"{time.TotalHours:N0}시간", $"{time.TotalHours:N0} h");
    public string NoneYet => Of("아직 없습니다.", "None yet.");

    // Races
    public string NewRace => Of("새 대회", "New race");
    public string RaceName => Of("대회 이름", "Name of the race");
    public string Place => Of("장소", "Place");
    public string Day => Of("대회일", "Race day");
    public string OpensAt => Of("접수 시작", "Opens");
    public string ClosesAt => Of("접수 마감", "Closes");
    public string KitHandover => Of("기념품 전달", "Kits are");
    public string Handover(string? kind) => kind == "PICK_UP" ? Of("현장 수령", "picked up at the race") : Of("택배 발송", "sent home");
    public string HoldSeconds => Of("결제 대기 시간(초)", "Seconds that a place waits for its payment");
    public string AllowsDuplicates => Of("같은 사람이 여러 번 접수할 수 있음", "The same person may register more than once");
    public string RetainUntil => Of("개인정보 보관 기한", "Personal data is kept until");
    public string RefundPolicy => Of("환불 규정", "Refund policy");
    public string RefundPolicyHint => Of("대회일까지 남은 날이 이 날수 이상이면 이 비율을 돌려줍니다. 더 적게 남으면 환불이 없습니다.", "With at least so many days left before the race, so many percent come back; with fewer than the last, nothing.");
    public string DaysBefore => Of("남은 날수", "Days left");
    public string Percent => Of("환불 비율(%)", "Percent");
    public string Divisions => Of("부문", "Divisions");
    public string NewDivision => Of("새 부문", "New division");
    public string NewDivisionHint => Of("비워 두면 추가하지 않습니다.", "Left empty, none is added.");
    public string Fee => Of("참가비(원)", "Fee (won)");
    public string Capacity => Of("정원", "Places");
    public string TopSizes => Of("상의 사이즈", "Shirt sizes");
    public string BottomSizes => Of("하의 사이즈", "Shorts sizes");
    public string SizesHint => Of("쉼표로 나누어 적어 주세요", "with commas between them");
    public string MoveIsTold(long taken) => Of($"대회일이나 장소를 바꾸면 접수한 사람(최대 {taken:N0}명)에게 바로 문자로 알립니다.", $"If the day or the place is changed, everybody who is registered ({taken:N0} at most) is told by SMS at once.");
    public string Switches => Of("접수 전환", "Switches");
    public string Edit => Of("고치기", "Change");
    public string SeeAsRunner => Of("참가자 화면 보기", "See it as runners do");
    public string Switch(string command) => command switch
    {
        "open" => Of("지금 열기", "Open now"),
        "suspend" => Of("잠시 멈추기", "Suspend"),
        "resume" => Of("다시 열기", "Resume"),
        _ => Of("마감하기", "Close"),
    };
    public string Sure(string command) => command switch
    {
        "open" => Of("지금 접수를 열까요?", "Open the race now?"),
        "suspend" => Of("접수를 잠시 멈출까요?", "Suspend registration?"),
        "resume" => Of("접수를 다시 받을까요?", "Take registrations again?"),
        "drop" => Of("이 이벤트를 버릴까요?", "Drop this event?"),
        _ => Of("접수를 마감할까요?", "Close the race?"),
    };
    public string SureWhat(string command) => command switch
    {
        "open" => Of("정한 시각이 되지 않았어도 바로 접수를 받습니다.", "It takes registrations at once, before its opening time."),
        "suspend" => Of("그동안 새 접수를 받지 않습니다. 이미 접수한 사람은 그대로 남습니다.", "Nobody can register meanwhile. Whoever is registered stays so."),
        "resume" => Of("남은 자리에 다시 접수할 수 있습니다.", "Places that are left can be had again."),
        "drop" => Of("되돌릴 수 없습니다. 이 서비스에는 없었던 일이 되고, 뒤에서 기다리던 이벤트는 이어서 처리합니다.", "This is for good: to the service it never happened, and what waits behind it goes on."),
        _ => Of("되돌릴 수 없습니다. 더는 아무도 접수할 수 없습니다.", "This is for good: nobody can register any more."),
    };
    public string Yes(string command) => command switch
    {
        "suspend" => Of("네, 멈춥니다", "Yes, suspend"),
        "close" => Of("네, 마감합니다", "Yes, close it"),
        "drop" => Of("네, 버립니다", "Yes, drop it"),
        _ => Of("네, 엽니다", "Yes"),
    };
    public string LiveRegistrations(long count) => Of($"살아 있는 접수 {count:N0}건이 있습니다", $"{count:N0} registrations are live");
    public string LiveRegistrationsWhat => Of("멈춰도 그 접수는 그대로 남지만, 새로 접수할 수는 없습니다. 그래도 멈추려면 다시 눌러 주세요.", "They stay as they are, but nobody else can register. Press again to suspend registration all the same.");
    public string ForceSuspend => Of("그래도 멈추기", "Suspend all the same");

    // Registrations
    public string SearchHint => Of("이름, 접수번호, 배번, 전화번호 끝자리", "Name, number, bib, last phone digits");
    public string Sorting => Of("순서", "Order");
    public string NewestFirst => Of("최근 접수부터", "Latest first");
    public string OldestFirst => Of("먼저 접수한 순서", "First come first");
    public string PayStatus => Of("결제", "Payment");
    public string KitStatus => Of("기념품", "Kit");
    public string RegisteredAt => Of("접수 시각", "Registered");
    public string Csv => Of("CSV로 내려받기", "Download as CSV");
    public string Runner => Of("참가자", "Runner");
    public string Runners => Of("참가자", "Runners");
    public string Kit => Of("기념품", "Kit");
    public string NameOf(string? name) => string.IsNullOrEmpty(name) ? Of("지운 개인정보", "erased") : name;
    public string CancelFor => Of("접수 취소", "Cancel for the runner");
    public string CancelForSure => Of("참가자 대신 접수를 취소할까요?", "Cancel this registration for the runner?");
    public string CancelForWhat(string refund, string amount) => Of(
        $"참가자가 부탁했을 때 합니다. 환불 규정에 따라 {amount} 중 {refund}을 돌려줍니다. 자리는 바로 다시 나오고, 되돌릴 수 없습니다.",
        $"For a runner who asks for it. By the race's policy {refund} of {amount} comes back. The place is free again at once; not to be undone.");
    public string CancelHeldWhat => Of(
        "참가자가 부탁했을 때 합니다. 아직 결제되지 않았습니다. 그사이 결제되면 모두 돌려줍니다. 자리는 바로 다시 나오고, 되돌릴 수 없습니다.",
        "For a runner who asks for it. Nothing is paid yet; what is charged meanwhile comes back whole. The place is free again at once; not to be undone.");
    public string SureCancelFor => Of("네, 취소합니다", "Yes, cancel");
    public string Erase => Of("개인정보 지우기", "Erase the person");
    public string EraseWhat => Of("취소된 접수이거나 대회가 끝났을 때만 할 수 있고, 되돌릴 수 없습니다.", "Only once the registration has ended or the race is over. Not to be undone.");
    public string SureErase => Of("네, 지웁니다", "Yes, erase");
    public string MoreThan(long count) => count == 0
        ? Of("이것만으로는 다 찾아볼 수 없습니다. 더 입력해 주세요.", "That is too little to look for. Type more.")
        : Of($"{count:N0}건 넘게 찾았습니다. 더 좁혀 주세요.", $"More than {count:N0} found: narrow the search.");

    // The roll
    public string RollTitle => Of("명단과 체크인", "Roll and check-in");
    public string RollHint => Of("배번, 이름, 접수번호", "Bib, name or number");
    public string CheckIn => Of("체크인", "Check in");
    public string HandOut => Of("기념품 건네기", "Hand out kit");
    public string RollStart => Of("배번이나 이름을 찾아 체크인해 주세요.", "Find a runner by bib or name, then check them in.");
    public string CheckedInAt(string at, string? by) => Of($"{at} 체크인 · {by}", $"Checked in {at} · {by}");
    public string WriteNote => Of("메모 쓰기", "Write a note");
    public string TopAndBottom(string? top, string? bottom) => Of($"상의 {top} · 하의 {bottom}", $"Shirt {top} · shorts {bottom}");

    // Kits
    public string KitsTitle => Of("기념품 배송", "Kits on their way");
    public string TrackingNumber => Of("송장 번호", "Tracking number");
    public string DispatchChosen => Of("고른 것 발송", "Dispatch the chosen");
    public string DispatchRace => Of("준비된 것 모두 발송", "Dispatch all that are ready");
    public string DispatchRaceWhat(int most) => Of($"이 대회에서 준비된 기념품을 먼저 결제한 순서로 {most:N0}개까지 택배사에 넘깁니다.", $"Hands up to {most:N0} kits of the race that are ready to the carrier, first paid first sent.");
    public string DispatchOne => Of("발송하기", "Dispatch");
    public string Choose(string number) => Of($"{number} 고르기", $"Choose {number}");
    public string Delivered => Of("배송 완료", "Delivered");
    public string ReturnedGood => Of("반송(정상)", "Returned, good");
    public string ReturnedDamaged => Of("반송(파손)", "Returned, damaged");
    public string Labels => Of("주소 라벨 CSV", "Labels as CSV");
    public string TrackingFile => Of("송장 번호 올리기", "Tracking numbers from a file");
    public string TrackingFileHint => Of("첫 줄은 number,carrier,trackingNumber 입니다. 한 줄이라도 틀리면 아무것도 바뀌지 않습니다.", "The first line is number,carrier,trackingNumber. A wrong line changes nothing.");
    public string ChooseFile => Of("파일 고르기", "Choose a file");
    public string Upload => Of("올리기", "Take them");
    public string DispatchedCount(int count) => Of($"{count:N0}개를 발송했습니다", $"{count:N0} dispatched");
    public string RefusedCount(int count) => Of($"{count:N0}개는 발송하지 못했습니다", $"{count:N0} not dispatched");
    public string NotFound => Of("없는 번호", "not found");
    public string AlsoCsv => Of("내용을 붙여 넣어도 됩니다", "or paste its content");

    // Stock
    public string StockTitle => Of("재고", "Stock");
    public string ItemName(string item) => item == "TOP" ? Of("상의", "Shirt") : Of("하의", "Shorts");
    public string Received => Of("입고", "Received");
    public string Free => Of("남음", "Free");
    public string Allocated => Of("배정", "Set aside");
    public string Gone => Of("나감", "Gone");
    public string Scrapped => Of("폐기", "Scrapped");
    public string Awaited => Of("기다림", "Awaited");
    public string OnOrder => Of("발주 중", "On order");
    public string NeededNow => Of("지금 필요", "To buy now");
    public string NeededAtCapacity => Of("정원이 차면 필요", "To buy for a full race");
    public string Ledger => Of("원장", "Ledger");
    public string Actor => Of("누가", "Who");
    public string Move => Of("원장에 적기", "Write into the ledger");
    public string MoveHint => Of("발주로 설명되지 않는 입고나 폐기를 이유와 함께 적습니다.", "What no order explains: goods that came, or were spoilt, and why.");
    public string Kind => Of("종류", "Kind");
    public string Goods => Of("품목과 사이즈", "Item and size");
    public string ChooseOne => Of("골라 주세요", "Choose one");

    /// <summary>What a person has written, as they wrote it. Where nobody did it is Fulfilment's own remark (KeepRaces.cs), and said in the reader's language.</summary>
    public string? NoteOf(MovementLine line) => line is { Actor: null, Note: "opening stock" } ? Of("처음 재고", "opening stock") : line.Note;

    // Orders
    public string OrdersTitle => Of("발주", "Orders of goods");
    public string OneOrder => Of("발주", "Order");
    public string NewOrder => Of("새 발주", "New order");
    public string OrderWaiting => Of("접수한 사람만큼", "Those registered");
    public string OrderCapacity => Of("정원만큼", "A full race");
    public string OrderHint => Of("지금 있는 재고와 이미 발주한 수량을 빼고 필요한 만큼 발주합니다.", "Orders what is needed beyond what there is and what is on order.");
    public string Basis => Of("기준", "For whom");
    public string Order => Of("발주 요청", "Request the goods");
    public string Supplier => Of("업체", "Supplier");
    public string ContactName => Of("담당자", "Contact");
    public string Price => Of("금액(원)", "Price (won)");
    public string PriceShort => Of("금액", "Price");
    public string DueDate => Of("납기", "Due");
    public string Accept => Of("업체 수락 기록", "Note the supplier's terms");
    public string Ship => Of("출고 기록", "Note as shipped");
    public string Inspect => Of("검수 기록", "Note the inspection");
    public string InspectHint => Of("합격한 수량은 바로 재고가 되고, 업체에는 문자로 알립니다.", "What passed is in stock at once, and the supplier is told by SMS.");
    public string Passed => Of("합격", "Passed");
    public string Failed => Of("불합격", "Failed");
    public string CancelOrder => Of("발주 취소", "Cancel the order");
    public string CancelOrderWhat => Of("되돌릴 수 없습니다. 그래도 도착한 물건은 돌려보냅니다.", "Not to be undone. What arrives nevertheless goes back.");
    public string SureCancelOrder => Of("네, 취소합니다", "Yes, cancel it");
    public string RequestedAt => Of("요청 시각", "Requested");

    // Payments
    public string PaymentsTitle => Of("결제와 환불", "Payments and refunds");
    public string Amount => Of("금액", "Amount");
    public string Refund => Of("환불", "Refund");
    public string NextAttempt => Of("다음 시도", "Next attempt");
    public string LastError => Of("마지막 오류", "Last error");
    public string ProviderReference => Of("결제사 번호", "Provider's reference");

    /// <summary>Why a payment or a message came to nothing: the codes of docs/payments.md and docs/notification.md. What is not known here is shown as it is.</summary>
    public string? Reason(string? code) => code switch
    {
        "insufficient-funds" => Of("잔액 부족", "not enough money"),
        "limit-exceeded" => Of("한도 초과", "over the limit"),
        "card-expired" => Of("카드 유효 기간 지남", "the card has expired"),
        "card-declined" => Of("카드 거절", "the card was refused"),
        "authentication-failed" => Of("본인 확인 실패", "the payer could not prove who they are"),
        "bank-closed" => Of("은행 점검 시간", "the bank is closed"),
        "payment-expired" => Of("결제 시간 초과", "not paid in time"),
        "payment-abandoned" => Of("결제하다 그만둠", "given up by the payer"),
        "payment-differs" => Of("결제 내용이 접수와 다름", "not the payment that was asked for"),
        "method-not-supported" => Of("지원하지 않는 결제 수단", "this way of paying is not supported"),
        "token-invalid" => Of("읽을 수 없는 결제 정보", "the payment's token cannot be read"),
        "token-used" => Of("이미 쓴 결제 정보", "the payment's token was used before"),
        "currency-not-supported" => Of("지원하지 않는 통화", "this currency is not supported"),
        "cancelled" => Of("결제사에서 취소됨", "cancelled at the provider"),
        "not-refunded" => Of("결제사에 기록이 없어 환불되지 않음", "the provider does not know the payment: nothing went back"),
        "simulated-failure" or "sandbox-failed" => Of("모의 장애", "simulated failure"),
        "invalid-number" => Of("잘못된 전화번호", "not a phone number"),
        "too-long" => Of("너무 긴 문자", "too long"),
        "too-late" => Of("너무 오래 보내지 못함", "could not be sent in time"),
        "refused" => Of("문자 업체가 거절", "refused by the provider"),
        "undeliverable" => Of("전달할 수 없음", "could not be delivered"),
        "too-many-requests" => Of("한꺼번에 너무 많음", "too many at once"),
        "provider-away" => Of("업체에 닿지 않음", "the provider cannot be reached"),
        "provider-failed" => Of("업체 쪽 오류", "the provider failed"),
        "provider-refuses-us" => Of("업체가 우리 계정을 거절", "the provider refuses our account"),
        "not-answered" => Of("대답 없음", "no answer in time"),
        "stalled" => Of("우리 쪽에서 늦어 보내지 않음", "we were too late to give it"),
        "not-taken" => Of("업체에 들어가지 않음", "the provider knows nothing of it"),
        _ => code,
    };

    // Messages
    public string Messages => Of("문자", "Messages");
    public string MessagesTitle => Of("보낸 문자", "Messages");
    public string AllMessages => Of("보낸 문자 모두", "All messages");
    public string MessagesHint => Of("이름이나 전화번호", "Name or phone number");
    public string To => Of("받는 번호", "To");
    public string Text => Of("내용", "Text");
    public string QueuedAt => Of("보내기로 한 시각", "Queued");
    public string Outcome => Of("결과", "Outcome");

    /// <summary>What a message tells, where its text is not written yet or is gone.</summary>
    public string MessageKind(string kind) => kind switch
    {
        "confirmed" => Of("참가 확정", "confirmed"),
        "payment-delayed" => Of("결제 지연", "payment delayed"),
        "declined" => Of("결제 거절", "payment declined"),
        "expired" => Of("접수 기한 만료", "expired"),
        "cancelled" => Of("참가 취소", "cancelled"),
        "refunded" => Of("환불", "refunded"),
        "dispatched" => Of("기념품 발송", "kit dispatched"),
        "delivered" => Of("기념품 도착", "kit delivered"),
        "return-requested" => Of("기념품 반송 요청", "kit asked back"),
        "back-ordered" => Of("입고 대기", "back-ordered"),
        "race-suspended" => Of("접수 중단", "registration suspended"),
        "race-resumed" => Of("접수 재개", "registration resumed"),
        "race-moved" => Of("대회일·장소 변경", "race moved"),
        "link" => Of("확인 링크", "link"),
        _ => Of("검수 결과", "inspection"),
    };

    /// <summary>What became of an attempt.</summary>
    public string AttemptOutcome(string? outcome) => outcome switch
    {
        "ACCEPTED" => Of("보냄", "sent"),
        "REFUSED" => Of("거절", "refused"),
        "LATER" => Of("나중에 다시", "later"),
        "UNKNOWN" => Of("알 수 없음", "nobody can tell"),
        "LOST" => Of("전달되지 않음", "not taken"),
        _ => outcome ?? "",
    };

    // Events
    public string EventsTitle => Of("이벤트와 실패한 이벤트", "Events and dead letters");
    public string Lag => Of("이벤트 지연", "Event lag");
    public string LagHint => Of("보낼 것과 아직 처리하지 않은 것을 서비스마다 보여 줍니다. 모두 0이면 다 따라잡은 것입니다.", "What each service has still to send, and to apply. All zeros: everything has arrived everywhere.");
    public string Unsent => Of("보낼 것", "To send");
    public string OldestUnsent => Of("보낼 것 중 가장 오래된 것", "Oldest to send");
    public string Behind => Of("처리할 것", "To apply");
    public string DeadLetters => Of("실패한 이벤트", "Dead letters");
    public string DeadLettersHint => Of("처리하지 못한 이벤트입니다. 원인을 고친 뒤 다시 처리하거나 버립니다. 같은 접수의 다음 이벤트는 그동안 기다립니다.", "Events that could not be applied. Mend the cause and replay them, or drop them; what comes after them for the same registration waits.");
    public string Service => Of("서비스", "Service");
    public string Event => Of("이벤트", "Event");
    public string ParkedAt => Of("보류 시각", "Put aside");
    public string ErrorText => Of("오류", "Error");
    public string Replay => Of("다시 처리", "Replay");
    public string Drop => Of("버리기", "Drop");
    public string NoLetters => Of("실패한 이벤트가 없습니다.", "There are no dead letters.");
    public string Rebuild => Of("조회 화면 다시 만들기", "The read side made anew");
    public string RebuildHint => Of("지금까지의 모든 이벤트로 목록과 합계, 내 페이지를 처음부터 다시 만듭니다. 그동안에는 지금 것이 그대로 보입니다.", "Lists, sums and my pages are made again from everything that was ever told. What is there is shown meanwhile.");
    public string RebuildNow => Of("다시 만들기", "Make it anew");
    public string RebuildCancel => Of("다시 만들기 그만두기", "Give it up");
    public string RebuildRead(long read, long of) => Of($"이벤트 {of:N0}개 중 {read:N0}개 읽음", $"{read:N0} of {of:N0} events read");
    public string RebuildMissing(long missing) => Of($"{missing:N0}건은 다시 보내 달라고 했습니다", $"{missing:N0} are asked for again");
    public string Seconds(double seconds) => Of($"{seconds:N0}초", $"{seconds:N0} s");

    // Audit
    public string AuditTitle => Of("감사 기록", "Who did what");
    public string Action => Of("한 일", "Action");
    public string Subject => Of("대상", "Of");
    public string Network => Of("네트워크", "Network");

    /// <summary>What an event or a deed is about.</summary>
    public string Stream(string? stream) => stream switch
    {
        "races" => Races,
        "registrations" => Registrations,
        "payments" => Payments,
        "deliveries" => Kits,
        "procurements" => Orders,
        "stock" => Stock,
        "notifications" => Messages,
        "resends" => Of("다시 보내기", "Resends"),
        "dashboards" => ServiceName("dashboard"),
        _ => stream ?? "",
    };

    /// <summary>What has happened: an event by its type, <c>marathon.races.race-opened.v1</c>, or what is only noted, <c>link-used</c>.</summary>
    public string Deed(string action)
    {
        var name = action.Split('.') is [_, _, var told, _] ? told : action;
        return Of(name switch
        {
            "race-scheduled" => "대회 등록",
            "race-changed" => "대회 변경",
            "race-opened" => "접수 시작",
            "race-suspended" => "접수 중단",
            "race-resumed" => "접수 재개",
            "race-closed" => "접수 마감",
            "race-sold-out" => "매진",
            "race-places-returned" => "남은 자리 생김",
            "registration-awaiting-payment" => "접수, 결제 대기",
            "registration-confirmed" => "접수 확정",
            "registration-changed" => "접수 내용 변경",
            "registration-declined" => "결제 거절",
            "registration-cancelled" => "접수 취소",
            "registration-expired" => "접수 기한 만료",
            "registration-erased" => "개인정보 삭제",
            "payment-completed" => "결제 완료",
            "payment-declined" => "결제사 거절",
            "payment-voided" => "결제 무효",
            "payment-refunded" => "환불 완료",
            "register-master-received" => "명단에 올림",
            "goods-ready" => "기념품 준비",
            "goods-backordered" => "기념품 입고 대기",
            "goods-cancelled" => "기념품 취소",
            "goods-return-requested" => "기념품 반송 요청",
            "goods-dispatched" => "기념품 발송",
            "goods-delivered" => "기념품 배송 완료",
            "goods-picked-up" => "기념품 전달",
            "goods-returned" => "기념품 반송 완료",
            "runner-checked-in" => "체크인",
            "note" => "메모",
            "stock-changed" => "재고 변경",
            "procurement-requested" => "발주 요청",
            "procurement-accepted" => "발주 수락",
            "procurement-shipped" => "발주 출고",
            "procurement-inspected" => "발주 검수",
            "procurement-cancelled" => "발주 취소",
            "sms-accepted" => "문자 보냄",
            "sms-delivered" => "문자 수신",
            "sms-failed" => "문자 실패",
            "messages-erased" => "문자 내용 삭제",
            "events-missed" => "놓친 이벤트",
            "link-used" => "확인 링크 열람",
            "dead-letter-replayed" => "실패한 이벤트 다시 처리",
            "dead-letter-dropped" => "실패한 이벤트 버림",
            "events-sent-again" => "이벤트 다시 보냄",
            "dashboard-rebuild" => "조회 화면 다시 만들기",
            "dashboard-rebuild-cancelled" => "조회 화면 다시 만들기 그만둠",
            _ => name.Replace('-', ' '),
        }, name.Replace('-', ' '));
    }

    /// <summary>A state, by what it is a state of: <c>race registration pay kit roll order payment message letter rebuild movement</c>.</summary>
    public string State(string of, string state) => (of, state) switch
    {
        ("race", "SCHEDULED") => Of("접수 전", "scheduled"),
        ("race", "OPEN") => Of("접수 중", "open"),
        ("race", "SUSPENDED") => Of("접수 중단", "suspended"),
        ("race", "CLOSED") => Of("마감", "closed"),
        ("registration", "HELD") => Of("결제 확인 중", "payment pending"),
        (_, "REGISTERED") => Of("접수 완료", "registered"),
        (_, "CHECKED_IN") => Of("체크인", "checked in"),
        ("roll", "REMOVED") => Of("빠짐", "removed"),
        ("registration", "EXPIRED") => Of("기한 만료", "expired"),
        (_, "DECLINED") => Of("결제 거절", "declined"),
        (_, "PAYMENT_PENDING") => Of("결제 확인 중", "pending"),
        (_, "COMPLETED") => Of("결제 완료", "paid"),
        (_, "REFUND_DUE") => Of("환불 예정", "refund due"),
        (_, "REFUNDED") => Of("환불 완료", "refunded"),
        (_, "VOIDED") => Of("결제 무효", "voided"),
        ("payment", "REQUESTED") => Of("결제 요청", "requested"),
        ("kit", "RECEIVED") => Of("준비 전", "to be packed"),
        (_, "BACKORDERED") => Of("입고 대기", "back-ordered"),
        (_, "READY") => Of("발송 준비", "ready"),
        ("kit", "DISPATCHED") => Of("발송", "dispatched"),
        (_, "DELIVERED") => of == "message" ? Of("수신", "delivered") : Of("배송 완료", "delivered"),
        (_, "PICKED_UP") => Of("현장 수령", "picked up"),
        (_, "RETURN_REQUESTED") => Of("반송 요청", "asked back"),
        ("kit", "RETURNED") => Of("반송 완료", "returned"),
        ("order", "REQUESTED") => Of("요청", "requested"),
        ("order", "ACCEPTED") => Of("수락", "accepted"),
        (_, "SHIPPED") => Of("출고", "shipped"),
        (_, "INSPECTED") => Of("검수 완료", "inspected"),
        ("message", "QUEUED") => Of("대기", "queued"),
        ("message", "ACCEPTED") => Of("보냄", "sent"),
        ("message", "FAILED") => Of("실패", "failed"),
        ("message", "UNWANTED") => Of("수신 거부", "not wanted"),
        ("letter", "failed") => Of("실패", "failed"),
        ("letter", "waiting") => Of("앞 이벤트 기다림", "waiting for one before it"),
        ("letter", "malformed") => Of("읽을 수 없음", "malformed"),
        ("letter", "dropped") => Of("버림", "dropped"),
        ("rebuild", "RUNNING") => Of("만드는 중", "under way"),
        ("rebuild", "DONE") => Of("마침", "done"),
        ("movement", "RECEIVED") => Of("입고", "received"),
        ("movement", "ALLOCATED") => Of("배정", "set aside"),
        ("movement", "RELEASED") => Of("배정 취소", "released"),
        ("movement", "DISPATCHED") => Of("나감", "gone"),
        ("movement", "RETURNED") => Of("돌아옴", "came back"),
        ("movement", "SCRAPPED") => Of("폐기", "scrapped"),
        (_, "CANCELLED") => Of("취소", "cancelled"),
        _ => state,
    };
}
