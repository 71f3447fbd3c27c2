namespace SoundSearch.Cli;

/// <summary>The command line was understood but makes no sense: exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
