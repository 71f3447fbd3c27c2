using SoundSearch.Cli;

return Runner.Run(CommandLine.Create(), args);
