using Aspire.Hosting.ApplicationModel;
using Marathon.LocalHosting;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>A PostgreSQL server.</summary>
    public class PostgresServerResource : ContainerResource, IResourceWithConnectionString
    {
        private readonly Dictionary<string, string> databases = new(StringComparer.OrdinalIgnoreCase);

        public PostgresServerResource(string name, ParameterResource? userName, ParameterResource password) : base(name)
        {
            UserNameParameter = userName;
            PasswordParameter = password;
            PrimaryEndpoint = new EndpointReference(this, "tcp");
        }

        public EndpointReference PrimaryEndpoint { get; }
        public EndpointReferenceExpression Host => PrimaryEndpoint.Property(EndpointProperty.Host);
        public EndpointReferenceExpression Port => PrimaryEndpoint.Property(EndpointProperty.Port);
        public ParameterResource? UserNameParameter { get; set; }
        public ParameterResource PasswordParameter { get; set; }

        public ReferenceExpression UserNameReference => UserNameParameter is null
            ? ReferenceExpression.Create($"postgres") : ReferenceExpression.Create($"{UserNameParameter}");

        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
            $"Host={Host};Port={Port};Username={UserNameReference};Password={PasswordParameter}");

        /// <summary>The databases by the name of their resource.</summary>
        public IReadOnlyDictionary<string, string> Databases => databases;

        internal void AddDatabase(string name, string databaseName) => databases.Add(name, databaseName);
    }

    /// <summary>A database on a PostgreSQL server, created when the server is up.</summary>
    public class PostgresDatabaseResource(string name, string databaseName, PostgresServerResource postgresParentResource)
        : Resource(name), IResourceWithParent<PostgresServerResource>, IResourceWithConnectionString
    {
        public PostgresServerResource Parent { get; } = postgresParentResource;
        public string DatabaseName { get; } = databaseName;
        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{Parent.ConnectionStringExpression};Database={DatabaseName}");
    }
}

namespace Aspire.Hosting
{
    /// <summary>Adds PostgreSQL.</summary>
    public static class PostgresBuilderExtensions
    {
        /// <param name="port">The port to listen at; null takes a free one.</param>
        public static IResourceBuilder<PostgresServerResource> AddPostgres(
            this IDistributedApplicationBuilder builder, string name,
            IResourceBuilder<ParameterResource>? userName = null, IResourceBuilder<ParameterResource>? password = null, int? port = null)
        {
            var secret = password?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password");
            return builder.AddResource(new PostgresServerResource(name, userName?.Resource, secret))
                .WithEndpoint(port: port, targetPort: 5432, name: "tcp")
                .WithAnnotation(new HealthCheckAnnotation($"{name}_check"));
        }

        public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
            this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null)
        {
            var database = new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource);
            builder.Resource.AddDatabase(database.Name, database.DatabaseName);
            return builder.ApplicationBuilder.AddResource(database).WithAnnotation(new HealthCheckAnnotation($"{name}_check"));
        }

        /// <summary>Keeps the data between runs, in the data folder.</summary>
        public static IResourceBuilder<PostgresServerResource> WithDataVolume(
            this IResourceBuilder<PostgresServerResource> builder, string? name = null, bool isReadOnly = false) =>
            builder.WithAnnotation(new KeepDataAnnotation());
    }
}
