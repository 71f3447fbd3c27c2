using System.CommandLine;

namespace SoundSearch.Cli;

/// <summary>The table of verbs.</summary>
internal static class CommandLine
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Finds sounds by description. Results go to stdout, progress and messages to stderr.");
        Command[] verbs =
        [
            SearchVerb.Create(),
            IndexVerb.Create(),
            SimilarVerb.Create(),
            ClassifyVerb.Create(),
            InfoVerb.Create(),
            VerifyVerb.Create(),
            ModelVerb.Create(),
            EvalVerb.Create(),
            ImportVerb.Create(),
            TrainVerb.Create(),
            DemoVerb.Create(),
        ];
        Array.ForEach(verbs, root.Subcommands.Add);
        return root;
    }
}
