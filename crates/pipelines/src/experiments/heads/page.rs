//! The page that is read where no text is given.

/// Written for this purpose: a little under 700 words.
pub(super) const PAGE: &str = "On being asked for the nearest inn

A traveller who comes to a village after dark asks the first person he meets where he can sleep. The answer he gets depends on who
is asked and on how the question is put. The baker names the house beside the bakery, because the morning bread is carried there and
the door is always open. The teacher names the house on the hill, because it is quiet. The child names the house where the dog lives.
All three know the same houses. What they do not share is the order in which they would put them, and the question decides which of
these orders is used.

Suppose now that somebody writes the answers down. On the left of the page stand the questions, along the top stand the houses, and
in each square stands a number which says how well that house answers that question. If every villager had the same taste, one row
would be enough: the best house would be the best house, and the question would not matter. A village like this is easy to describe
and rather dull. If, on the other hand, every question had an order of its own, with nothing in common between one row and the next,
the page could not be made any shorter, and a visitor would have to carry all of it with him.

Most villages lie between. There are a few reasons for liking a house: it is warm, it is cheap, it is close to the road, it has a view
of the lake. A question asks for these reasons in some proportion, a house offers them in another, and the number in the square is
found by multiplying and adding up. Four reasons make a page of four columns for the questions and four for the houses, however many
questions and houses there are. This is the whole art of keeping the page short. It works when the reasons are few, and it fails when
a house is liked for being exactly that house.

There is a further difficulty. The traveller does not want a list, he wants a bed. He will walk to one house, and if the numbers of
two houses are nearly equal then a small mistake sends him to the wrong one. In a hamlet with three houses a loose answer does no
harm. In a city with a thousand, each a little worse than the best, the crowd of the second best is so large that a hesitant guide
will name one of them more often than the right one. A guide for a city has to be more certain than a guide for a hamlet, and how
much more certain can be worked out: it grows with the logarithm of the number of houses, divided by the distance between the best
and the next.

Some guides cheat. Whatever they are asked, they point to the church, which is large and stands in the middle. Nobody can say that
the church is a wrong answer to every question, and a guide who has nothing to say has to point somewhere. If one only counted how
firmly a guide points, these would be the best guides of all. One has to ask as well whether the finger moves when the question does.
";
