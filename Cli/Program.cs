Console.Error.WriteLine("soundsearch");
return 2;
