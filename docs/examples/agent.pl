#!/usr/bin/env perl
# An agent in Perl, written from native/PROTOCOL.md alone: frames are lines of JSON (`encoding: json` in the pipeline's YAML).
# It makes few and simple valid requests: objects that are known to exist, else examples, defaults, or the least that a schema asks for.
use strict;
use warnings;
use JSON::PP;

my $json   = JSON::PP->new->utf8->canonical;
my %slices = ();
$| = 1;

sub say_to_sentinel { print $json->encode($_[0]), "\n" }

# The schema behind a $ref, as far as it leads.
sub resolved {
    my ($schema, $slice) = @_;
    for (1 .. 16) {
        last unless ref $schema eq 'HASH' && defined $schema->{'$ref'};
        my ($name) = $schema->{'$ref'} =~ m{^#/\$defs/(.*)$} or last;
        $name =~ s{~1}{/}g;
        $name =~ s{~0}{~}g;
        $schema = $slice->{schemas}{$name};
    }
    return ref $schema eq 'HASH' ? $schema : {};
}

# A value for a schema: what the document suggests, else the plainest one. Objects get their required properties.
sub value_for {
    my ($schema, $slice, $depth) = @_;
    $schema = resolved($schema, $slice);
    return $schema->{examples}[0] if ref $schema->{examples} eq 'ARRAY' && @{ $schema->{examples} };
    for my $keyword (qw(const default)) {
        return $schema->{$keyword} if exists $schema->{$keyword};
    }
    return $schema->{enum}[0] if ref $schema->{enum} eq 'ARRAY';
    for my $keyword (qw(oneOf anyOf allOf)) {
        return value_for($schema->{$keyword}[0], $slice, $depth + 1) if ref $schema->{$keyword} eq 'ARRAY' && $depth < 8;
    }
    my $type = $schema->{type} // (ref $schema->{properties} ? 'object' : 'string');
    $type = $type->[0] if ref $type eq 'ARRAY';
    return $schema->{minimum} // 1 if $type eq 'integer' || $type eq 'number';
    return JSON::PP::true if $type eq 'boolean';
    return undef          if $type eq 'null';
    if ($type eq 'array') {
        my $least = $schema->{minItems} // 0;
        return [ map { value_for($schema->{items} // {}, $slice, $depth + 1) } 1 .. ($depth < 8 ? $least : 0) ];
    }
    if ($type eq 'object') {
        my @names = $depth < 8 ? @{ $schema->{required} // [] } : ();
        return { map { $_ => value_for($schema->{properties}{$_} // {}, $slice, $depth + 1) } @names };
    }
    my %formats = (
        'date' => '2030-01-02', 'date-time' => '2030-01-02T03:04:05Z', 'uuid' => '6f1f2b1c-1d2e-4f3a-8b4c-5d6e7f8a9b0c',
        'email' => 'perl@example.com', 'uri' => 'https://example.com/',
    );
    my $text = $formats{ $schema->{format} // '' } // 'perl';
    my $least = $schema->{minLength} // 0;
    $text .= 'x' x ($least - length $text) if length $text < $least;
    return defined $schema->{maxLength} ? substr($text, 0, $schema->{maxLength}) : $text;
}

# The value of a path parameter: of the object number N that is known, if one is.
sub known_value {
    my ($operation, $place, $job, $number) = @_;
    for my $slot (@{ $operation->{slots} // [] }) {
        next unless $slot->{place} eq $place;
        my $instances = $job->{knowledge}{ $slot->{resource} } // [];
        next unless @$instances;
        my $fields = $instances->[ $number % @$instances ]{fields};
        for my $field (@{ $slot->{fields} }) {
            return $fields->{$field} if exists $fields->{$field};
        }
    }
    return undef;
}

sub case_for {
    my ($operation, $ordinal, $job, $slice) = @_;
    my @arguments;
    for my $parameter (@{ $operation->{parameters} // [] }) {
        next unless $parameter->{required} || $ordinal > 0;
        my $place = "$parameter->{location}/$parameter->{name}";
        my $value = known_value($operation, $place, $job, $ordinal);
        $value = $parameter->{examples}[0] if !defined $value && @{ $parameter->{examples} // [] };
        $value = value_for($parameter->{schema} // {}, $slice, 0) if !defined $value;
        push @arguments, { location => $parameter->{location}, name => $parameter->{name}, value => $value };
    }
    my %step = (name => 'attempt', operation => $operation->{key}, arguments => \@arguments);
    if (my $body = $operation->{body}) {
        my $media = $body->{content}[0];
        my $value = @{ $media->{examples} // [] } ? $media->{examples}[0] : value_for($media->{schema} // {}, $slice, 0);
        $step{body} = { media_type => $media->{media_type}, value => $value };
    }
    return {
        type => 'case', operation => $operation->{key}, ordinal => $ordinal, title => "in Perl, number $ordinal",
        intent => 'unspecified', steps => [ \%step ],
    };
}

sub work_on {
    my ($job) = @_;
    my $slice = $slices{ $job->{slice} };
    return say_to_sentinel({ type => 'error', job => $job->{id}, kind => 'unknown-slice', detail => $job->{slice} }) unless $slice;
    my %operations = map { $_->{key} => $_ } @{ $slice->{operations} // [] };
    my $count = 0;
    my ($began) = times;
    for my $span (@{ $job->{spans} }) {
        my $operation = $operations{ $span->{operation} } or next;
        for my $ordinal ($span->{start} .. $span->{start} + $span->{count} - 1) {
            last if $ordinal > 15;    # there is nothing more that it could say
            say_to_sentinel({ type => 'answers', job => $job->{id}, answers => [ case_for($operation, $ordinal, $job, $slice) ] });
            $count++;
        }
    }
    my ($ended) = times;
    say_to_sentinel({ type => 'done', job => $job->{id}, answers => $count, cpu_ms => int(1000 * ($ended - $began)), gave_up => [] });
}

say_to_sentinel({ type => 'ready', protocol => 1, name => 'perl', version => '1', agents => ['functional-positive'], deterministic => JSON::PP::false });
while (my $line = <STDIN>) {
    my $message = $json->decode($line);
    my $type    = $message->{type} // '';
    if    ($type eq 'slice')  { $slices{ $message->{slice}{digest} } = $message->{slice} }
    elsif ($type eq 'forget') { delete $slices{ $message->{digest} } }
    elsif ($type eq 'job')    { work_on($message->{job}) }
    elsif ($type eq 'ping')   { say_to_sentinel({ type => 'pong', token => $message->{token} }) }
    elsif ($type eq 'cancel') { }    # by now the job is done
    elsif ($type eq 'bye')    { last }
}
