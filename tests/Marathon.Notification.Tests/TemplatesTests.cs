using Marathon.Notification.Domain;

namespace Marathon.Notification.Tests;

public class TemplatesTests
{
    [Fact]
    public void Embedded_WhenRead_AreCompleteInBothLanguages()
    {
        var templates = Adapters.EmbeddedTemplates.Load();

        foreach (var kind in MessageKind.All)
            foreach (var language in Templates.Languages)
            {
                var fields = kind.Fields.Concat(["name", "number"]).ToDictionary(field => field, field => $"<{field}>");
                var text = templates.Find(kind.Name, language).Render(fields);
                Assert.Contains("<number>", text, StringComparison.Ordinal);
                Assert.DoesNotContain('{', text);
            }
    }

    /// <summary>The race itself takes place: nobody is to stay at home.</summary>
    [Theory]
    [InlineData("race-suspended", "en", "registration for <race> has been suspended")]
    [InlineData("race-suspended", "ko", "<race> 접수가 주최 측 사정으로 일시 중단")]
    [InlineData("race-resumed", "en", "registration for <race> goes on")]
    [InlineData("race-resumed", "ko", "<race> 접수가 다시 진행")]
    public void Suspended_IsTheRegistrationForARace(string kind, string language, string told) => Assert.Contains(told,
        Adapters.EmbeddedTemplates.Load().Find(kind, language).Render(new Dictionary<string, string> { ["name"] = "", ["number"] = "", ["race"] = "<race>" }), StringComparison.Ordinal);

    [Fact]
    public void Check_WhenATemplateIsMissing_NamesIt()
    {
        var fault = Assert.Throws<InvalidOperationException>(() => new Templates((kind, language) => (kind, language) == ("refunded", "en") ? null : "{number}"));

        Assert.Equal("Templates: en/refunded is missing", fault.Message);
    }

    [Fact]
    public void Check_WhenAFieldBelongsToAnotherKind_NamesIt()
    {
        var fault = Assert.Throws<InvalidOperationException>(() => new Templates((kind, language) => (kind, language) == ("delivered", "ko") ? "{carrier}" : "{number}"));

        Assert.Equal("Templates: ko/delivered names the unknown field {carrier}", fault.Message);
    }

    [Fact]
    public void Find_WhenTheLanguageIsUnknown_SpeaksTheFirst() =>
        Assert.Equal("ko", new Templates((_, language) => language).Find("confirmed", "fr").Render(new Dictionary<string, string>()));

    [Fact]
    public void Render_WhenAValueLooksLikeAField_LeavesItAsItIs() =>
        Assert.Equal("{number} 7", new Template("{name} {number}").Render(new Dictionary<string, string> { ["name"] = "{number}", ["number"] = "7" }));
}
