using Microsoft.Extensions.Configuration;

namespace Marathon.LocalHosting.Tests;

public class ModelTests
{
    [Fact]
    public void AddResource_WhenNameIsTaken_IsRejected()
    {
        var builder = DistributedApplicationTestingBuilder.Create();
        builder.AddKafka("kafka");
        Assert.Throws<DistributedApplicationException>(() => builder.AddPostgres("KAFKA"));
    }

    [Fact]
    public async Task ConnectionString_OfDatabase_NamesServerAndDatabase()
    {
        var builder = DistributedApplicationTestingBuilder.Create();
        builder.Configuration["Parameters:postgres-password"] = "a{b}c";
        var database = builder.AddPostgres("postgres").AddDatabase("things-db", "things");
        Allocate(database.Resource.Parent, 5433);
        Assert.Equal(
            "Host=127.0.0.1;Port=5433;Username=postgres;Password=a{b}c;Database=things",
            await database.Resource.ConnectionStringExpression.GetValueAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Reference_ToReplicas_NamesEachOfThem()
    {
        var builder = DistributedApplicationTestingBuilder.Create();
        var source = builder.AddProject<TestApp.TestProject>("source").WithReplicas(2);
        var endpoint = source.Resource.Annotations.OfType<EndpointAnnotation>().Single();
        source.WithAnnotation(new ReplicaAddresses(endpoint, ["http://127.0.0.1:1", "http://127.0.0.1:2"]));
        var user = builder.AddProject<TestApp.TestProject>("user").WithReference(source);
        var environment = await EnvironmentOfAsync(builder, user.Resource);
        Assert.Equal("http://127.0.0.1:1", environment["services__source__http__0"]);
        Assert.Equal("http://127.0.0.1:2", environment["services__source__http__1"]);
    }

    [Fact]
    public async Task Environment_StatedTwice_TakesTheLast()
    {
        var builder = DistributedApplicationTestingBuilder.Create();
        builder.AddProject<TestApp.TestProject>("service").WithEnvironment("A", "1");
        var service = builder.CreateResourceBuilder<ProjectResource>("service").WithEnvironment("A", "2");
        Assert.Equal("2", (await EnvironmentOfAsync(builder, service.Resource))["A"]);
    }

    [Fact]
    public void CreateResourceBuilder_WhenTypeDiffers_Throws()
    {
        var builder = DistributedApplicationTestingBuilder.Create();
        builder.AddKafka("kafka");
        Assert.Throws<InvalidOperationException>(() => builder.CreateResourceBuilder<ProjectResource>("kafka"));
    }

    [Fact]
    public async Task Parameter_WithoutValue_SaysWhichKeyIsMissing()
    {
        var parameter = DistributedApplicationTestingBuilder.Create().AddParameter("token");
        var error = await Assert.ThrowsAsync<MissingParameterValueException>(async () => await parameter.Resource.GetValueAsync(default));
        Assert.Contains("Parameters:token", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GeneratedParameter_ThatIsKept_IsTheSameForEveryReader()
    {
        var builder = DistributedApplicationTestingBuilder.Create();
        var server = builder.AddPostgres("postgres").Resource;
        var password = await server.PasswordParameter.GetValueAsync(default);
        Assert.NotEmpty(password!);
        Assert.Equal(password, await server.PasswordParameter.GetValueAsync(default));
    }

    [Fact]
    public void GeneratedParameter_KeepsToItsRules()
    {
        var value = new GenerateParameterDefault { MinLength = 40, Special = false, MinNumeric = 5 }.GetDefaultValue();
        Assert.Equal(40, value.Length);
        Assert.All(value, letter => Assert.True(char.IsAsciiLetterOrDigit(letter)));
        Assert.True(value.Count(char.IsAsciiDigit) >= 5);
    }

    [Fact]
    public void Secrets_AreKeptAndForTheOwnerOnly()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "secrets.json");
        var first = new SecretFile(path).GetOrAdd("a", () => "made up");
        Assert.Equal(first, new SecretFile(path).GetOrAdd("a", () => "another"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void Backoff_DoublesToTenSeconds_AndStartsAgainAfterHealth()
    {
        var backoff = new Backoff();
        var pauses = Enumerable.Range(0, 7).Select(_ => backoff.Next(TimeSpan.FromSeconds(1)).TotalSeconds);
        Assert.Equal([0.5, 1, 2, 4, 8, 10, 10], pauses);
        Assert.Equal(0.5, backoff.Next(TimeSpan.FromSeconds(31)).TotalSeconds);
    }

    private static void Allocate(PostgresServerResource resource, int port)
    {
        var endpoint = resource.Annotations.OfType<EndpointAnnotation>().Single();
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "127.0.0.1", port);
    }

    private static async Task<Dictionary<string, object>> EnvironmentOfAsync(IDistributedApplicationBuilder builder, ProjectResource resource)
    {
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, resource);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>()) await annotation.Callback(context);
        return context.EnvironmentVariables;
    }
}
